-- Whether the provider's word stands for the second factor that its company asks for: never, where the token tells of one, or always.
CREATE DOMAIN provider_trust AS text CHECK (VALUE IN ('never', 'told', 'always'));
ALTER TABLE identity_providers
    ADD COLUMN second_factor provider_trust NOT NULL DEFAULT 'always',
    -- What it is asked for, as it names that; each stands for a second factor.
    ADD COLUMN acr_values text[] NOT NULL DEFAULT '{}';
-- Those that are there go on as they were set up.
ALTER TABLE identity_providers ALTER COLUMN second_factor SET DEFAULT 'told';
