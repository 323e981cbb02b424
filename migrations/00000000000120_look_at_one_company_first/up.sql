-- A search may read all entries of a label. Nearly always there is one company: to compare it first takes a third of the time
-- that it takes to look for it in an array.
ALTER POLICY of_company ON sim_labels
    USING (company_id = (SELECT (tenant_companies())[1]) OR company_id = ANY ((SELECT tenant_companies())::bigint[]));
