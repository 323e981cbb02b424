CREATE TYPE grid_density AS ENUM ('comfortable', 'compact');

-- How a person likes the grid of SIMs. The same in every company: the columns are.
CREATE TABLE grid_layouts (
    user_id bigint PRIMARY KEY REFERENCES users,
    -- The columns, in their order. Words and not a type of their own: one that no release knows any more is passed over.
    shown text[] NOT NULL,
    -- Pixels by column, for those that were given a width.
    widths jsonb NOT NULL,
    page_size smallint NOT NULL CHECK (page_size IN (25, 50, 100, 250)),
    density grid_density NOT NULL
);
