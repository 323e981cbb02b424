-- Of what kind an operation is, beside each company that sees it: so that a few of a kind among very many are found at once,
-- in the order of the list. As a text, which an index compares under row-level security too.
ALTER TABLE operation_companies ADD COLUMN of_kind text COLLATE "C";
UPDATE operation_companies SET of_kind = o.kind::text FROM operations o WHERE o.id = operation_id;
ALTER TABLE operation_companies ALTER COLUMN of_kind SET NOT NULL;
CREATE INDEX operation_companies_by_kind ON operation_companies (company_id, of_kind, operation_id);
