ALTER TABLE operations DROP COLUMN selected, ADD COLUMN made_up_to text COLLATE "C" NOT NULL DEFAULT '';
DROP TABLE operation_sims;
