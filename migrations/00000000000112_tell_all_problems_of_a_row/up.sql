-- A row of a file may have several problems. Its line has the first of them and tells all in one sentence; here is each kind
-- that it has, so that the rows of a kind are counted and found.
CREATE TABLE import_problems (
    -- No foreign key, as in import_lines.
    draft_id bigint NOT NULL,
    problem import_problem NOT NULL,
    line integer NOT NULL,
    PRIMARY KEY (draft_id, problem, line)
);
INSERT INTO import_problems SELECT draft_id, problem, line FROM import_lines WHERE problem IS NOT NULL;
DROP INDEX import_lines_with_problems;
CREATE INDEX import_lines_with_problems ON import_lines (draft_id, line) WHERE problem IS NOT NULL;

GRANT SELECT ON import_problems TO simyard_tenant;
ALTER TABLE import_problems ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_company ON import_problems FOR SELECT TO simyard_tenant
    USING ((SELECT true FROM import_drafts up WHERE up.id = draft_id));

-- What was written as an ICCID and is none: iccid is always one, hence can be compared and written as in the file.
ALTER TABLE import_lines ADD unread_iccid text;
UPDATE import_lines SET unread_iccid = iccid, iccid = NULL
    WHERE iccid IS NOT NULL AND problem NOT IN ('duplicate', 'already_loaded');
