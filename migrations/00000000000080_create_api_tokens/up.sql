-- What programs come in with: each acts in one company, in the name of the member who made it. Only the hash of its key is kept.
CREATE TABLE api_tokens (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid uuid NOT NULL UNIQUE,
    company_id bigint NOT NULL REFERENCES companies,
    created_by bigint NOT NULL REFERENCES users,
    -- Personal: its maker's own. Else the company's, which whoever manages tokens sees as theirs.
    is_personal boolean NOT NULL,
    name text NOT NULL CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 100),
    permissions text[] NOT NULL CHECK (cardinality(permissions) > 0 AND array_position(permissions, NULL) IS NULL),
    key_hash bytea NOT NULL UNIQUE,
    -- The last characters of the key, by which people tell it from others.
    hint text NOT NULL CHECK (char_length(hint) = 4),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CHECK (expires_at > created_at AND expires_at <= created_at + interval '366 days')
);
CREATE INDEX api_tokens_of_company ON api_tokens (company_id, id) WHERE revoked_at IS NULL;
CREATE INDEX api_tokens_of_maker ON api_tokens (created_by, id) WHERE revoked_at IS NULL;

-- Which operations were launched by a token.
CREATE TABLE operation_tokens (
    operation_id bigint PRIMARY KEY REFERENCES operations,
    token_id bigint NOT NULL REFERENCES api_tokens
);

-- A token ends with the membership, in whatever way that ends: it does not come back with the person.
CREATE FUNCTION revoke_api_tokens_of_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE api_tokens SET revoked_at = now()
    WHERE created_by = OLD.user_id AND company_id = OLD.company_id AND revoked_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER memberships_end_tokens AFTER DELETE ON memberships
    FOR EACH ROW EXECUTE FUNCTION revoke_api_tokens_of_member();

ALTER TYPE audit_action ADD VALUE 'token_made';
ALTER TYPE audit_action ADD VALUE 'token_revoked';
