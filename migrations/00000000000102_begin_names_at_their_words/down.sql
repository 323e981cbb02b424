ALTER TABLE sims
    DROP COLUMN name_from_second, DROP COLUMN name_from_third, DROP COLUMN name_from_fourth, DROP COLUMN name_from_first;
CREATE OR REPLACE FUNCTION name_from_word(name text, word integer) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT substring(lower(name)
        FROM '^[- _/.,;:#()]*(?:[^- _/.,;:#()]+[- _/.,;:#()]+){' || word - 1 || '}([^- _/.,;:#()].*)$')
$$;
ALTER TABLE sims
    ADD COLUMN name_from_second text COLLATE "C" GENERATED ALWAYS AS (name_from_word(name, 2)) STORED,
    ADD COLUMN name_from_third text COLLATE "C" GENERATED ALWAYS AS (name_from_word(name, 3)) STORED,
    ADD COLUMN name_from_fourth text COLLATE "C" GENERATED ALWAYS AS (name_from_word(name, 4)) STORED,
    ADD COLUMN name_from_first text COLLATE "C" GENERATED ALWAYS AS (lower(name)) STORED;
CREATE INDEX sims_by_name ON sims (company_id, state, name_from_first, id) WHERE name_from_first IS NOT NULL;
CREATE INDEX sims_by_second_word ON sims (company_id, state, name_from_second, id) WHERE name_from_second IS NOT NULL;
CREATE INDEX sims_by_third_word ON sims (company_id, state, name_from_third, id) WHERE name_from_third IS NOT NULL;
CREATE INDEX sims_by_fourth_word ON sims (company_id, state, name_from_fourth, id) WHERE name_from_fourth IS NOT NULL;
