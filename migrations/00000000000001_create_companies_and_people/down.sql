DROP TABLE installation_secrets, sessions, password_links, memberships, users;
DROP TYPE role;
DROP TABLE companies;
DROP FUNCTION set_company_lineage;
