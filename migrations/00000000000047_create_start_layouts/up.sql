-- The widgets that a person has on the Start page of a company, in their order. Who has changed nothing has no row.
CREATE TABLE start_layouts (
    user_id bigint NOT NULL,
    company_id bigint NOT NULL,
    -- Words and not a type of their own: one that no release knows any more is passed over.
    widgets text[] NOT NULL,
    PRIMARY KEY (user_id, company_id),
    FOREIGN KEY (user_id, company_id) REFERENCES memberships (user_id, company_id) ON DELETE CASCADE
);
