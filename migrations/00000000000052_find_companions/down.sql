DROP INDEX operations_launch_key;
CREATE UNIQUE INDEX operations_launch_key ON operations (company_id, launch_key) WHERE launch_key IS NOT NULL;
