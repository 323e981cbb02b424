-- Whether the person has a second factor of any kind: read with each request, so kept here, by whatever adds or removes one.
ALTER TABLE users ADD COLUMN has_second_factor boolean NOT NULL DEFAULT false;

-- The secret that a person's authenticator app shares with the portal, encrypted.
CREATE TABLE totp_secrets (
    user_id bigint PRIMARY KEY REFERENCES users,
    sealed bytea NOT NULL,
    -- The time step of the last code that was taken: none of it or before it is taken again.
    last_step bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Codes for the day that the second factor is lost; each is removed as it is used. Only hashes are kept.
CREATE TABLE recovery_codes (
    user_id bigint NOT NULL REFERENCES users,
    code_hash bytea NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);
