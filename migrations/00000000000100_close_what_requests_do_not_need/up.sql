-- The role simyard_tenant has what requests do with it, and nothing else: a new table is closed to it until a migration says
-- otherwise, and a table that it may read has a policy, or is one that access::isolation lists with the reason why not.
DO $$
DECLARE
    one text;
BEGIN
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I REVOKE ALL ON TABLES FROM simyard_tenant', current_schema());
    -- Whatever has no policy was open to it.
    FOR one IN SELECT oid::regclass::text FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND NOT relrowsecurity LOOP
        EXECUTE format('REVOKE ALL ON %s FROM simyard_tenant', one);
    END LOOP;
END $$;

-- Counters are kept by the triggers of the SIMs alone, whoever changes a SIM.
DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['count_sims_inserted', 'count_sims_updated', 'count_sims_deleted',
        'count_activations_inserted', 'count_activations_updated', 'count_activations_deleted'] LOOP
        EXECUTE format('ALTER FUNCTION %I() SECURITY DEFINER SET search_path = %I, pg_temp', one, current_schema());
    END LOOP;
END $$;
REVOKE INSERT, UPDATE, DELETE ON activation_counts, operation_failures, sim_counts, sim_group_counts, sim_labels, turns
    FROM simyard_tenant;
REVOKE INSERT, UPDATE ON export_chunks FROM simyard_tenant;

-- Of people, what others are shown of them.
ALTER TABLE users ADD COLUMN has_password boolean NOT NULL GENERATED ALWAYS AS (password_hash IS NOT NULL) STORED;
GRANT SELECT (id, created_at, email, name, has_password, has_second_factor) ON users TO simyard_tenant;

-- Names of other companies, of their offers and of networks are shown where they have to do with each other.
GRANT SELECT ON companies, network_states, offer_assignments, offers TO simyard_tenant;
GRANT INSERT, UPDATE ON offers TO simyard_tenant;
ALTER TABLE offers ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_all ON offers FOR SELECT TO simyard_tenant USING (true);
CREATE POLICY of_company ON offers TO simyard_tenant USING (company_id = ANY ((SELECT tenant_companies())::bigint[]));

-- A person's own, in all companies, and nothing of any.
GRANT SELECT, INSERT, UPDATE, DELETE ON grid_layouts TO simyard_tenant;

GRANT SELECT ON membership_profiles, memberships, profiles TO simyard_tenant;
GRANT INSERT, UPDATE, DELETE ON profiles TO simyard_tenant;
DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['membership_profiles', 'memberships', 'profiles'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one);
        EXECUTE format('CREATE POLICY of_company ON %I TO simyard_tenant '
            'USING (company_id = ANY ((SELECT tenant_companies())::bigint[]))', one);
    END LOOP;
END $$;
