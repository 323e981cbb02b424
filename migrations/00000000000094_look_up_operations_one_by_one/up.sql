-- Whether an operation of another company is seen here is a look into an index, for those few rows alone: EXISTS may become
-- a table of all that companies see, built for one row.
ALTER POLICY of_company ON operations
    USING (company_id = ANY ((SELECT tenant_companies())::bigint[])
        OR (SELECT true FROM operation_companies c WHERE c.operation_id = operations.id LIMIT 1));
