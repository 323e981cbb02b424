-- What was launched together has its launch key in common: the key comes first, so that one index both finds the
-- others and keeps each company from launching twice.
DROP INDEX operations_launch_key;
CREATE UNIQUE INDEX operations_launch_key ON operations (launch_key, company_id) WHERE launch_key IS NOT NULL;
