-- The role stays: other databases of the server may have given it rights.
DO $$
DECLARE
    one text;
BEGIN
    FOR one IN SELECT polrelid::regclass::text FROM pg_policy WHERE polname = 'of_company' LOOP
        EXECUTE format('DROP POLICY of_company ON %s', one);
        EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', one);
    END LOOP;
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I REVOKE ALL ON TABLES FROM simyard_tenant', current_schema());
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM simyard_tenant', current_schema());
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM simyard_tenant', current_schema());
END $$;
ALTER FUNCTION tell_parts_of_export() SECURITY INVOKER RESET search_path;
DROP FUNCTION tenant_companies, kind_of_operation;
