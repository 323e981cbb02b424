DO $$
DECLARE
    one text;
BEGIN
    DROP POLICY of_all ON offers;
    FOREACH one IN ARRAY ARRAY['membership_profiles', 'memberships', 'offers', 'profiles'] LOOP
        EXECUTE format('DROP POLICY of_company ON %I', one);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', one);
    END LOOP;
    FOREACH one IN ARRAY ARRAY['count_sims_inserted', 'count_sims_updated', 'count_sims_deleted',
        'count_activations_inserted', 'count_activations_updated', 'count_activations_deleted'] LOOP
        EXECUTE format('ALTER FUNCTION %I() SECURITY INVOKER RESET search_path', one);
    END LOOP;
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO simyard_tenant', current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO simyard_tenant',
        current_schema());
END $$;
REVOKE UPDATE, DELETE ON audit_events FROM simyard_tenant;
REVOKE ALL ON __diesel_schema_migrations, installation_secrets, network_answers, sim_keys,
    simulated_network_requests FROM simyard_tenant;
ALTER TABLE users DROP COLUMN has_password;
