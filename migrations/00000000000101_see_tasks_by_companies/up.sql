-- What hangs on operations and SIMs. Requests read it, but for what a launch writes down; the rest is done by workers, and by
-- the portal itself.
GRANT SELECT ON life_signs, operation_faults, operation_tokens, sim_label_counts, tasks TO simyard_tenant;
GRANT INSERT ON operation_sims, operation_tokens TO simyard_tenant;

-- By the row itself: whose the SIM was, and whose it has become. A look at the operation for each of a million tasks would be
-- no lock but a weight.
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_company ON tasks FOR SELECT TO simyard_tenant
    USING (before_company_id = ANY ((SELECT tenant_companies())::bigint[])
        OR moved_to_company_id = ANY ((SELECT tenant_companies())::bigint[]));

-- A query in the place of a value is a look into an index for each row that is read; EXISTS and IN may become a table of all
-- operations or SIMs of the company.
DO $$
DECLARE
    one record;
    launched text;
BEGIN
    FOR one IN VALUES ('life_signs', 'sim_id', 'sims'), ('operation_faults', 'operation_id', 'operations'),
        ('operation_tokens', 'operation_id', 'operations'), ('sim_label_counts', 'label_id', 'labels') LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.column1);
        EXECUTE format('CREATE POLICY of_company ON %1$I FOR SELECT TO simyard_tenant '
            'USING ((SELECT true FROM %3$I up WHERE up.id = %1$I.%2$I))', one.column1, one.column2, one.column3);
    END LOOP;
    ALTER TABLE operation_sims ENABLE ROW LEVEL SECURITY;
    FOREACH launched IN ARRAY ARRAY['operation_sims', 'operation_tokens'] LOOP
        EXECUTE format('CREATE POLICY launched ON %1$I FOR INSERT TO simyard_tenant WITH CHECK ((SELECT up.company_id '
            'FROM operations up WHERE up.id = %1$I.operation_id) = ANY ((SELECT tenant_companies())::bigint[]))', launched);
    END LOOP;
END $$;
