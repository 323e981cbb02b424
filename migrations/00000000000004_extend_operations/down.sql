-- The values added to enums stay: PostgreSQL takes none away.
DROP INDEX operations_chained, operations_recalled, operations_retried;
ALTER TABLE operations
    DROP COLUMN paused_at, DROP COLUMN pause_at_failures, DROP COLUMN pause_at_percent, DROP COLUMN scheduled_zone,
    DROP COLUMN scheduled_for, DROP COLUMN after_id, DROP COLUMN recall_of_id, DROP COLUMN retry_of_id;
