DROP TABLE outbox;
DROP TABLE messages;
ALTER TABLE operations DROP COLUMN notify_by_email;
