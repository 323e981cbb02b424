ALTER TABLE operations DROP CONSTRAINT operations_recall_check;
