-- Such rows have no other problem.
UPDATE import_lines SET problem = 'malformed' WHERE problem = 'no_room';
UPDATE import_problems SET problem = 'malformed' WHERE problem = 'no_room';
UPDATE import_drafts SET problems = problems - 'no_room' || jsonb_build_object('malformed',
        coalesce((problems ->> 'malformed')::integer, 0) + (problems ->> 'no_room')::integer)
    WHERE problems ? 'no_room';
ALTER DOMAIN import_problem DROP CONSTRAINT import_problem_check;
ALTER DOMAIN import_problem ADD CONSTRAINT import_problem_check CHECK (VALUE = ANY (
    '{spreadsheet,check_digit,malformed,out_of_range,duplicate,already_loaded}'::text[]));
