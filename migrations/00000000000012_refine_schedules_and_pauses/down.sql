DROP INDEX operations_scheduled;
ALTER TABLE operations
    DROP CONSTRAINT operations_no_circle, DROP CONSTRAINT operations_one_start,
    DROP COLUMN failed_before, DROP COLUMN ended_before, DROP COLUMN not_started_because;
