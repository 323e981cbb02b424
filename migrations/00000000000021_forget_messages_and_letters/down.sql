DROP INDEX messages_made;
DROP INDEX messages_read;
DROP INDEX outbox_ended;
