ALTER TYPE failure_code ADD VALUE 'other_network';
