-- Who vouches for a company's people: its OpenID Connect provider.
CREATE TABLE identity_providers (
    company_id bigint PRIMARY KEY REFERENCES companies,
    issuer text NOT NULL CHECK (char_length(issuer) BETWEEN 1 AND 500),
    client_id text NOT NULL CHECK (char_length(client_id) BETWEEN 1 AND 200),
    -- Encrypted with a key that is not in the database.
    client_secret bytea NOT NULL,
    -- What people are given who come for the first time without an invitation. Nothing at all: they are not let in.
    role role,
    profile_ids bigint[] NOT NULL DEFAULT '{}',
    -- Whether the company's people with addresses of its domains can come in no other way.
    required boolean NOT NULL DEFAULT false
);

-- Whose addresses these are, as the owner of the machine says.
CREATE TABLE identity_domains (
    domain text PRIMARY KEY CHECK (domain = lower(domain) AND domain LIKE '%_._%'),
    company_id bigint NOT NULL REFERENCES companies
);
CREATE INDEX identity_domains_of_company ON identity_domains (company_id);

-- Administrators who keep their password where single sign-on is required.
CREATE TABLE identity_exemptions (
    company_id bigint NOT NULL REFERENCES identity_providers ON DELETE CASCADE,
    user_id bigint NOT NULL,
    PRIMARY KEY (company_id, user_id),
    FOREIGN KEY (user_id, company_id) REFERENCES memberships ON DELETE CASCADE
);
CREATE INDEX identity_exemptions_of_user ON identity_exemptions (user_id, company_id);

-- Whom the provider of a company knows as whom. It outlives a membership: who was removed does not come back by signing in.
CREATE TABLE identities (
    company_id bigint NOT NULL REFERENCES companies,
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    linked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (company_id, issuer, subject),
    CONSTRAINT identities_one_for_each_user UNIQUE (user_id, company_id, issuer)
);
