ALTER POLICY of_company ON import_lines USING (draft_id IN (SELECT id FROM import_drafts));
