ALTER TABLE companies DROP COLUMN second_factor_from;
