DROP INDEX companies_by_external_id;
DROP INDEX companies_by_name;
