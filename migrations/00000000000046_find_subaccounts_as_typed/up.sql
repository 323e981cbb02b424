-- For the search box: the subaccounts of a company whose name or external ID begins with what was typed, in the
-- order of bytes, in which a prefix is one range.
CREATE INDEX companies_by_name ON companies (parent_id, lower(name) COLLATE "C") WHERE parent_id IS NOT NULL;
CREATE INDEX companies_by_external_id ON companies (parent_id, lower(external_id) COLLATE "C")
    WHERE parent_id IS NOT NULL AND external_id IS NOT NULL;
