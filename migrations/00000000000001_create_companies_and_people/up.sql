-- A company is a tenant; the tree of companies is kept twice: by parent_id, and as
-- lineage (ids from the root down to itself), so that "all of this subtree" is one
-- indexed condition.
CREATE TABLE companies (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid uuid NOT NULL UNIQUE,
    parent_id bigint REFERENCES companies,
    lineage bigint[] NOT NULL,
    name text NOT NULL CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 100),
    external_id text CHECK (external_id = btrim(external_id) AND char_length(external_id) BETWEEN 1 AND 100),
    colour text NOT NULL CHECK (colour ~ '^[a-z]{1,20}$'),
    subaccounts_enabled boolean NOT NULL DEFAULT false,
    suspended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX companies_name_among_siblings ON companies (coalesce(parent_id, 0), lower(name));
CREATE UNIQUE INDEX companies_external_id_among_siblings ON companies (coalesce(parent_id, 0), lower(external_id));
CREATE INDEX companies_subtree ON companies USING gin (lineage);

CREATE FUNCTION set_company_lineage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.lineage := coalesce((SELECT lineage FROM companies WHERE id = NEW.parent_id), '{}') || NEW.id;
    RETURN NEW;
END $$;
CREATE TRIGGER companies_lineage BEFORE INSERT ON companies
    FOR EACH ROW EXECUTE FUNCTION set_company_lineage();

CREATE TYPE role AS ENUM ('viewer', 'operator', 'administrator');

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    name text NOT NULL CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 100),
    -- NULL until the person has set one: nobody can sign in with it.
    password_hash text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON users (lower(email));

CREATE TABLE memberships (
    user_id bigint NOT NULL REFERENCES users,
    company_id bigint NOT NULL REFERENCES companies,
    role role NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- When the person last worked for this company: the order of "recent" in Change Company.
    last_focused_at timestamptz,
    PRIMARY KEY (user_id, company_id)
);
CREATE INDEX memberships_of_company ON memberships (company_id, user_id);

-- A one-time link with which a person sets a password. Only the hash of its token is kept.
CREATE TABLE password_links (
    token_hash bytea PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users,
    created_by bigint NOT NULL REFERENCES users,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX password_links_of_user ON password_links (user_id);

-- Sessions of the browser. Only the hash of the cookie's key is kept.
CREATE TABLE sessions (
    key_hash bytea PRIMARY KEY,
    state jsonb NOT NULL,
    -- Who is signed in, so that all sessions of a person can be ended.
    user_id bigint REFERENCES users,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- What every portal process of this installation must agree on, made by the first to start.
CREATE TABLE installation_secrets (
    name text PRIMARY KEY,
    value bytea NOT NULL
);
