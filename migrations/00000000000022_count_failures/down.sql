DROP TABLE operation_failures;
