-- Requests read a page of a draft's rows: whose the draft is, is a look into an index for each of these rather than a table of
-- all drafts of the company for each page. The rows are written by the portal itself.
ALTER POLICY of_company ON import_lines USING ((SELECT true FROM import_drafts up WHERE up.id = draft_id));
