DROP TABLE import_lines;
DROP TABLE import_drafts;
DROP TYPE import_problem;
-- A value of an enum can't be taken back: 'already_loaded' stays, and no one uses it.
