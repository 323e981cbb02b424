DROP TABLE sessions, password_links, memberships, users;
DROP TYPE role;
DROP TABLE companies;
DROP FUNCTION set_company_lineage;
