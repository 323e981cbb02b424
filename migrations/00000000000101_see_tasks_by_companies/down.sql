DROP POLICY launched ON operation_sims;
DROP POLICY launched ON operation_tokens;
ALTER TABLE operation_sims DISABLE ROW LEVEL SECURITY;
DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['life_signs', 'operation_faults', 'operation_tokens', 'sim_label_counts', 'tasks'] LOOP
        EXECUTE format('DROP POLICY of_company ON %I', one);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', one);
    END LOOP;
    -- As the migration before has left them.
    REVOKE ALL ON life_signs, operation_faults, operation_sims, operation_tokens, sim_label_counts, tasks FROM simyard_tenant;
END $$;
