-- The line that a SIM of a list was named in; none where the list was not read from a text.
ALTER TABLE sim_list_members ADD COLUMN line integer;
-- Words around the identifiers, and how what can be read in several ways was read.
ALTER TABLE sim_lists
    ADD COLUMN passed_over integer NOT NULL DEFAULT 0,
    ADD COLUMN notes text[] NOT NULL DEFAULT '{}';
