DROP INDEX tasks_failed_in_order, import_lines_bad;
DO $$
DECLARE
    word text;
    words text[];
BEGIN
    FOREACH word IN ARRAY ARRAY['import_problem', 'sim_list_problem'] LOOP
        -- The words stand in the check as it was written, in their order.
        SELECT substring(pg_get_constraintdef(oid) FROM '\{[^}]*\}')::text[] INTO words
        FROM pg_constraint WHERE contypid = word::regtype;
        EXECUTE format('ALTER DOMAIN %I RENAME TO %I', word, word || '_before');
        EXECUTE format('CREATE TYPE %I AS ENUM (%s)', word,
            (SELECT string_agg(quote_literal(one), ', ') FROM unnest(words) AS one));
    END LOOP;
END $$;
-- Its condition is of the old type.
DROP INDEX import_lines_with_problems;
ALTER TABLE import_lines ALTER COLUMN problem TYPE import_problem USING problem::text::import_problem;
CREATE INDEX import_lines_with_problems ON import_lines (draft_id, problem, line) WHERE problem IS NOT NULL;
ALTER TABLE sim_list_leftovers ALTER COLUMN problem TYPE sim_list_problem USING problem::text::sim_list_problem;
DROP DOMAIN import_problem_before, sim_list_problem_before;
