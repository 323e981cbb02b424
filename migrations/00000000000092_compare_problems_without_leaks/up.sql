-- Lists of what is wrong with a paste or a file are read under row-level security too, where an index is of no use to
-- comparisons of enums: so these words become texts that are checked, by the same names, as those of SIMs have.
DO $$
DECLARE
    word text;
    words text[];
BEGIN
    FOREACH word IN ARRAY ARRAY['import_problem', 'sim_list_problem'] LOOP
        SELECT array_agg(enumlabel ORDER BY enumsortorder) INTO words FROM pg_enum WHERE enumtypid = word::regtype;
        EXECUTE format('ALTER TYPE %I RENAME TO %I', word, word || '_before');
        EXECUTE format('CREATE DOMAIN %I AS text COLLATE "C" CHECK (VALUE = ANY (%L::text[]))', word, words);
    END LOOP;
END $$;
ALTER TABLE import_lines ALTER COLUMN problem TYPE import_problem USING problem::text;
ALTER TABLE sim_list_leftovers ALTER COLUMN problem TYPE sim_list_problem USING problem::text;
DROP TYPE import_problem_before, sim_list_problem_before;

-- In the order of the file, whatever is wrong: a few bad rows among a million are found at once.
CREATE INDEX import_lines_bad ON import_lines (draft_id, line) WHERE problem IS NOT NULL;
-- The same of the tasks that failed.
CREATE INDEX tasks_failed_in_order ON tasks (operation_id, position) WHERE state = 'failure';
