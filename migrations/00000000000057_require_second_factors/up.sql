-- From when on the company opens to those of its people alone who have a second factor; NULL asks for none.
ALTER TABLE companies ADD COLUMN second_factor_from timestamptz;
