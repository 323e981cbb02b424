ALTER TYPE failure_code ADD VALUE IF NOT EXISTS 'too_many_labels';
