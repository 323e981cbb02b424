ALTER TABLE operation_companies DROP COLUMN of_kind;
