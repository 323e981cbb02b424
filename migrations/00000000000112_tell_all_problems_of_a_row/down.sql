UPDATE import_lines SET iccid = unread_iccid WHERE unread_iccid IS NOT NULL;
ALTER TABLE import_lines DROP unread_iccid;
DROP INDEX import_lines_with_problems;
CREATE INDEX import_lines_with_problems ON import_lines (draft_id, problem, line) WHERE problem IS NOT NULL;
DROP TABLE import_problems;
