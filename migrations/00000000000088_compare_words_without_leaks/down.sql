DROP INDEX sims_by_activation, sims_by_msisdn, sims_off_offer_by_activation, sims_off_offer_by_msisdn,
    sims_on_offer_by_activation, sims_on_offer_by_msisdn;
DO $$
DECLARE
    word text;
    words text[];
BEGIN
    FOREACH word IN ARRAY ARRAY['sim_state', 'sim_type', 'audit_action'] LOOP
        -- The words stand in the check as it was written, in their order.
        SELECT substring(pg_get_constraintdef(oid) FROM '\{[^}]*\}')::text[] INTO words
        FROM pg_constraint WHERE contypid = word::regtype;
        EXECUTE format('ALTER DOMAIN %I RENAME TO %I', word, word || '_before');
        EXECUTE format('CREATE TYPE %I AS ENUM (%s)', word,
            (SELECT string_agg(quote_literal(one), ', ') FROM unnest(words) AS one));
    END LOOP;
END $$;
ALTER TABLE sims
    DROP CONSTRAINT sims_check,
    DROP COLUMN name_from_first,
    ALTER COLUMN state DROP DEFAULT,
    ALTER COLUMN state TYPE sim_state USING state::text::sim_state,
    ALTER COLUMN state SET DEFAULT 'inventory',
    ALTER COLUMN sim_type TYPE sim_type USING sim_type::text::sim_type,
    ADD CONSTRAINT sims_check CHECK ((state IN ('active', 'suspended')) = (offer_id IS NOT NULL));
ALTER TABLE sim_counts ALTER COLUMN state TYPE sim_state USING state::text::sim_state;
ALTER TABLE sim_group_counts
    ALTER COLUMN state TYPE sim_state USING state::text::sim_state,
    ALTER COLUMN sim_type TYPE sim_type USING sim_type::text::sim_type;
ALTER TABLE sim_labels
    ALTER COLUMN state TYPE sim_state USING state::text::sim_state,
    ALTER COLUMN sim_type TYPE sim_type USING sim_type::text::sim_type;
ALTER TABLE tasks ALTER COLUMN before_state TYPE sim_state USING before_state::text::sim_state;
ALTER TABLE offers
    DROP CONSTRAINT offers_sim_types_check,
    ALTER COLUMN sim_types TYPE sim_type[] USING sim_types::text[]::sim_type[],
    ADD CONSTRAINT offers_sim_types_check CHECK (sim_types <> '{}');
ALTER TABLE audit_events ALTER COLUMN action TYPE audit_action USING action::text::audit_action;
DROP DOMAIN sim_state_before, sim_type_before, audit_action_before;

CREATE INDEX sims_by_name ON sims (company_id, state, lower(name) COLLATE "C", id) WHERE name IS NOT NULL;
CREATE INDEX sims_by_msisdn ON sims (company_id, state, coalesce(msisdn, ''), id);
CREATE INDEX sims_by_activation ON sims (company_id, state, coalesce(activated_at, 'epoch'), id) INCLUDE (activated_at);
CREATE INDEX sims_on_offer_by_msisdn ON sims (company_id, offer_id, state, sim_type, coalesce(msisdn, ''), id)
    WHERE offer_id IS NOT NULL;
CREATE INDEX sims_off_offer_by_msisdn ON sims (company_id, state, sim_type, coalesce(msisdn, ''), id)
    WHERE offer_id IS NULL;
CREATE INDEX sims_on_offer_by_activation
    ON sims (company_id, offer_id, state, sim_type, coalesce(activated_at, 'epoch'), id) WHERE offer_id IS NOT NULL;
CREATE INDEX sims_off_offer_by_activation ON sims (company_id, state, sim_type, coalesce(activated_at, 'epoch'), id)
    WHERE offer_id IS NULL;
