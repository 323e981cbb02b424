DROP INDEX operations_reconciling;
DROP TABLE life_signs;
