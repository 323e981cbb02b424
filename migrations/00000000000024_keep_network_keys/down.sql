ALTER TABLE tasks DROP COLUMN network_key;
