ALTER TABLE identity_providers DROP COLUMN second_factor, DROP COLUMN acr_values;
DROP DOMAIN provider_trust;
