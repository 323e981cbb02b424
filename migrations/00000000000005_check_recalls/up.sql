ALTER TABLE operations ADD CONSTRAINT operations_recall_check CHECK ((kind = 'recall') = (recall_of_id IS NOT NULL));
