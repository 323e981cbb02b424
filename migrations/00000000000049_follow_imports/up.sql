-- A large file is checked in the background: whoever sent it may leave and find it again.
ALTER TABLE import_drafts
    -- When the check ended well.
    ADD checked_at timestamptz,
    -- When the check was last heard of: one that has long been silent was broken off.
    ADD seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Why nothing can come of the file, as a sentence.
    ADD failed_because text,
    -- None: the command line.
    ALTER created_by DROP NOT NULL,
    ADD CHECK (checked_at IS NULL OR failed_because IS NULL),
    ADD CHECK (operation_id IS NULL OR checked_at IS NOT NULL);
UPDATE import_drafts SET checked_at = created_at;

-- In the order in which they are listed; the names begin with the time.
DROP INDEX import_drafts_of_company;
CREATE INDEX import_drafts_of_company ON import_drafts (company_id, uid);

-- The command line imports without being a person. Nothing else is done by nobody.
ALTER TABLE operations
    ALTER launched_by DROP NOT NULL,
    ADD CONSTRAINT operations_launched_by_somebody CHECK (launched_by IS NOT NULL OR kind = 'import');
