-- Rights that a company has put together under a name. The words are those of the program: one that it does not know gives nothing.
CREATE TABLE profiles (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id bigint NOT NULL REFERENCES companies,
    name text NOT NULL CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 100),
    permissions text[] NOT NULL CHECK (cardinality(permissions) > 0 AND array_position(permissions, NULL) IS NULL),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (company_id, id)
);
CREATE UNIQUE INDEX profiles_name ON profiles (company_id, lower(name));

-- Which profiles a member holds, besides a role or instead of one.
CREATE TABLE membership_profiles (
    user_id bigint NOT NULL,
    company_id bigint NOT NULL,
    profile_id bigint NOT NULL,
    PRIMARY KEY (user_id, company_id, profile_id),
    FOREIGN KEY (user_id, company_id) REFERENCES memberships ON DELETE CASCADE,
    CONSTRAINT membership_profiles_profile FOREIGN KEY (company_id, profile_id) REFERENCES profiles (company_id, id)
);
CREATE INDEX membership_profiles_of_profile ON membership_profiles (company_id, profile_id);

ALTER TABLE memberships ALTER COLUMN role DROP NOT NULL;

ALTER TABLE invitations
    ALTER COLUMN role DROP NOT NULL,
    ADD COLUMN profile_ids bigint[] NOT NULL DEFAULT '{}',
    ADD CHECK (role IS NOT NULL OR cardinality(profile_ids) > 0);
