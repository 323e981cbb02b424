-- What the portal is while it acts for a company (fleet::tenancy::within): a role that sees the rows of the companies that
-- were named to it, and no others. Who owns the tables, as workers and the command line do, sees all.
--
-- Roles belong to the whole server: another database of it may have made this one, or do so at the same time.
DO $$
DECLARE
    advice CONSTANT text := format('Run these as a superuser, then start again: '
        'CREATE ROLE simyard_tenant NOLOGIN; GRANT simyard_tenant TO %I;', current_user);
    -- Since 16, to be a member is not yet to may become it.
    membership CONSTANT text :=
        CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'simyard_tenant') THEN
        BEGIN
            CREATE ROLE simyard_tenant NOLOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'The role % may not create the role simyard_tenant. %', current_user, advice;
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'simyard_tenant' AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'The role simyard_tenant sees the rows of all companies. Run as a superuser: '
            'ALTER ROLE simyard_tenant NOSUPERUSER NOBYPASSRLS;';
    END IF;
    IF NOT pg_has_role(current_user, 'simyard_tenant', membership) THEN
        BEGIN
            GRANT simyard_tenant TO CURRENT_USER;
        EXCEPTION
            WHEN unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'The role % may not become the role simyard_tenant. %', current_user, advice;
        END;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO simyard_tenant', current_schema());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO simyard_tenant', current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO simyard_tenant',
        current_schema());
END $$;
REVOKE UPDATE, DELETE ON audit_events FROM simyard_tenant;
-- What no company has any business with.
REVOKE ALL ON __diesel_schema_migrations, installation_secrets, network_answers, sim_keys,
    simulated_network_requests FROM simyard_tenant;

-- The companies that the present transaction is for; none where none was named.
CREATE FUNCTION tenant_companies() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('simyard.companies', true), '')::bigint[]
$$;

-- As a query of its own, so that it is answered once for a statement rather than for each row.
DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['activation_counts', 'api_tokens', 'audit_events', 'custom_fields', 'exports',
        'identities', 'identity_domains', 'identity_exemptions', 'identity_providers', 'import_drafts', 'invitations',
        'labels', 'messages', 'operation_companies', 'operation_failures', 'removed_details', 'saved_views', 'sim_counts',
        'sim_group_counts', 'sim_labels', 'sim_lists', 'sims', 'start_layouts', 'turns'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one);
        EXECUTE format('CREATE POLICY of_company ON %I TO simyard_tenant '
            'USING (company_id = ANY ((SELECT tenant_companies())::bigint[]))', one);
    END LOOP;
END $$;

-- What hangs on one of these rows. Looked up in a table of the company's few, rather than for each row by itself.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN VALUES ('export_chunks', 'export_id', 'exports', 'id'), ('export_downloads', 'export_id', 'exports', 'id'),
        ('import_lines', 'draft_id', 'import_drafts', 'id'), ('sim_list_leftovers', 'list_id', 'sim_lists', 'id'),
        ('sim_list_members', 'list', 'sim_lists', 'uid') LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.column1);
        EXECUTE format('CREATE POLICY of_company ON %I TO simyard_tenant USING (%I IN (SELECT %I FROM %I))',
            one.column1, one.column2, one.column4, one.column3);
    END LOOP;
END $$;

-- Also seen by whoever SIMs have come to or have left by them.
ALTER TABLE operations ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_company ON operations TO simyard_tenant
    USING (company_id = ANY ((SELECT tenant_companies())::bigint[])
        OR EXISTS (SELECT FROM operation_companies c WHERE c.operation_id = operations.id))
    WITH CHECK (company_id = ANY ((SELECT tenant_companies())::bigint[]));

-- What becomes of a file of several accounts is told in the records of all of them, whoever of them may see the others'.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION tell_parts_of_export() SECURITY DEFINER SET search_path = %I, pg_temp', current_schema());
END $$;

-- What a SIM is held by is told to its company, whoever has launched it; of that, no more than what it does.
CREATE FUNCTION kind_of_operation(operation bigint) RETURNS operation_kind
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SECURITY DEFINER
    RETURN (SELECT kind FROM operations WHERE id = operation);
