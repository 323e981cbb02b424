-- What was launched in nobody's name meanwhile stays as it is.
ALTER TABLE operations
    DROP CONSTRAINT operations_launched_by_somebody,
    ADD CONSTRAINT operations_launched_by_somebody CHECK (launched_by IS NOT NULL OR kind = 'import') NOT VALID;
DROP INDEX operations_reconciling;
DROP TABLE life_signs;
