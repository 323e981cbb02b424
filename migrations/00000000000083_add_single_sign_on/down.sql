DROP TABLE identities;
DROP TABLE identity_exemptions;
DROP TABLE identity_domains;
DROP TABLE identity_providers;
