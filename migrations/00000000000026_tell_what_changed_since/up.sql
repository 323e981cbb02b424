ALTER TYPE failure_code ADD VALUE 'changed_since';
