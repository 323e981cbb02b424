ALTER POLICY of_company ON operations
    USING (company_id = ANY ((SELECT tenant_companies())::bigint[])
        OR EXISTS (SELECT FROM operation_companies c WHERE c.operation_id = operations.id));
