DELETE FROM import_drafts WHERE checked_at IS NULL OR created_by IS NULL;
UPDATE operations o SET launched_by = (SELECT min(m.user_id) FROM memberships m WHERE m.company_id = o.company_id)
    WHERE launched_by IS NULL;
ALTER TABLE operations DROP CONSTRAINT operations_launched_by_somebody, ALTER launched_by SET NOT NULL;
DROP INDEX import_drafts_of_company;
CREATE INDEX import_drafts_of_company ON import_drafts (company_id, id);
ALTER TABLE import_drafts DROP checked_at, DROP seen_at, DROP failed_because, ALTER created_by SET NOT NULL;
