-- A row of a file whose label would be one more than the company may have is told, rather than loaded without it.
-- What there is satisfies the narrower condition, and need not be read again.
ALTER DOMAIN import_problem DROP CONSTRAINT import_problem_check;
ALTER DOMAIN import_problem ADD CONSTRAINT import_problem_check CHECK (VALUE = ANY (
    '{spreadsheet,check_digit,malformed,out_of_range,duplicate,already_loaded,no_room}'::text[])) NOT VALID;
