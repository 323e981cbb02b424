-- What the grid shows, under a name: of one person in one company, or shared with that company.
CREATE TABLE saved_views (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid uuid NOT NULL UNIQUE,
    company_id bigint NOT NULL REFERENCES companies,
    -- Whose it is, and who has saved a shared one.
    user_id bigint NOT NULL REFERENCES users,
    is_shared boolean NOT NULL DEFAULT false,
    name text NOT NULL CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 100),
    -- Filter, order and columns, as the query string of the grid.
    query text NOT NULL CHECK (char_length(query) <= 4000),
    created_at timestamptz NOT NULL DEFAULT now(),
    -- For the default below: it is a view of that company.
    UNIQUE (id, company_id)
);
CREATE UNIQUE INDEX saved_views_own_name ON saved_views (company_id, user_id, lower(name)) WHERE NOT is_shared;
CREATE UNIQUE INDEX saved_views_shared_name ON saved_views (company_id, lower(name)) WHERE is_shared;

-- The view that a person begins with in a company.
ALTER TABLE memberships ADD COLUMN default_view_id bigint,
    ADD FOREIGN KEY (default_view_id, company_id) REFERENCES saved_views (id, company_id)
        ON DELETE SET NULL (default_view_id);
CREATE INDEX memberships_by_default_view ON memberships (default_view_id) WHERE default_view_id IS NOT NULL;
