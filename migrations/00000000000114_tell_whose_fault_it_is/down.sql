ALTER TABLE outbox DROP COLUMN is_of_letter;
