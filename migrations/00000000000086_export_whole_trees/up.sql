-- An export of several accounts is one file, with the main account, and a record in each other account whose SIMs are in it.
ALTER TABLE exports
    ADD COLUMN of_tree boolean NOT NULL DEFAULT false,
    ADD COLUMN part_of bigint REFERENCES exports ON DELETE CASCADE;
CREATE INDEX exports_parts ON exports (part_of) WHERE part_of IS NOT NULL;

-- What becomes of the file is told in all of its records.
CREATE FUNCTION tell_parts_of_export() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE exports SET state = NEW.state, failure = NEW.failure, bytes = NEW.bytes, made_at = NEW.made_at
    WHERE part_of = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER exports_tell_parts AFTER UPDATE OF state ON exports
    FOR EACH ROW WHEN (NEW.of_tree) EXECUTE FUNCTION tell_parts_of_export();
