ALTER POLICY of_company ON sim_labels USING (company_id = ANY ((SELECT tenant_companies())::bigint[]));
