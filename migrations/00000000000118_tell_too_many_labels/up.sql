ALTER TYPE failure_code ADD VALUE 'too_many_labels';
