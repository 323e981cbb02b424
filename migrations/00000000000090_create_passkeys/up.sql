-- By which devices know a person: it says nothing of them, and is the same for all their passkeys.
ALTER TABLE users ADD COLUMN passkey_handle uuid NOT NULL UNIQUE DEFAULT gen_random_uuid();

-- The public halves of people's passkeys.
CREATE TABLE passkeys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users,
    credential_id bytea NOT NULL UNIQUE,
    name text NOT NULL,
    credential jsonb NOT NULL,
    -- Of the last answer that was taken: one that is not above it is of a copy. Always 0 where the device counts nothing.
    counter bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz
);
CREATE INDEX passkeys_user_id ON passkeys (user_id);

-- What devices have been asked: each is removed as it is answered.
CREATE TABLE passkey_challenges (
    uid uuid PRIMARY KEY,
    -- Whose device; NULL where the device is to say whose it is.
    user_id bigint REFERENCES users,
    awaited jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);
