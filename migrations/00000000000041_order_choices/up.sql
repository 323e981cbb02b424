-- A name from its second, third, fourth word on, for the search. Columns, and no expressions of indexes: those would be
-- worked out again with every change of a SIM, these with one of its name.
CREATE FUNCTION name_from_word(name text, word integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT substring(lower(name)
        FROM '^[- _/.,;:#()]*(?:[^- _/.,;:#()]+[- _/.,;:#()]+){' || word - 1 || '}([^- _/.,;:#()].*)$')
$$;
ALTER TABLE sims
    ADD COLUMN name_from_second text COLLATE "C" GENERATED ALWAYS AS (name_from_word(name, 2)) STORED,
    ADD COLUMN name_from_third text COLLATE "C" GENERATED ALWAYS AS (name_from_word(name, 3)) STORED,
    ADD COLUMN name_from_fourth text COLLATE "C" GENERATED ALWAYS AS (name_from_word(name, 4)) STORED;
CREATE INDEX sims_by_second_word ON sims (company_id, state, name_from_second, id) WHERE name_from_second IS NOT NULL;
CREATE INDEX sims_by_third_word ON sims (company_id, state, name_from_third, id) WHERE name_from_third IS NOT NULL;
CREATE INDEX sims_by_fourth_word ON sims (company_id, state, name_from_fourth, id) WHERE name_from_fourth IS NOT NULL;

-- Every sort of every choice of state, type and offer is a merge of ranges of these. A SIM is in one of the two of each
-- sort; the first of all is also the one that a withdrawal of an offer looks into.
CREATE INDEX sims_on_offer_by_iccid ON sims (company_id, offer_id, state, sim_type, iccid) WHERE offer_id IS NOT NULL;
CREATE INDEX sims_on_offer_by_imsi ON sims (company_id, offer_id, state, sim_type, imsi) WHERE offer_id IS NOT NULL;
CREATE INDEX sims_on_offer_by_msisdn ON sims (company_id, offer_id, state, sim_type, coalesce(msisdn, ''), id)
    WHERE offer_id IS NOT NULL;
CREATE INDEX sims_on_offer_by_activation
    ON sims (company_id, offer_id, state, sim_type, coalesce(activated_at, 'epoch'), id) WHERE offer_id IS NOT NULL;
CREATE INDEX sims_on_offer_by_change ON sims (company_id, offer_id, state, sim_type, changed_at, id)
    WHERE offer_id IS NOT NULL;
CREATE INDEX sims_off_offer_by_iccid ON sims (company_id, state, sim_type, iccid) WHERE offer_id IS NULL;
CREATE INDEX sims_off_offer_by_imsi ON sims (company_id, state, sim_type, imsi) WHERE offer_id IS NULL;
CREATE INDEX sims_off_offer_by_msisdn ON sims (company_id, state, sim_type, coalesce(msisdn, ''), id)
    WHERE offer_id IS NULL;
CREATE INDEX sims_off_offer_by_activation ON sims (company_id, state, sim_type, coalesce(activated_at, 'epoch'), id)
    WHERE offer_id IS NULL;
CREATE INDEX sims_off_offer_by_change ON sims (company_id, state, sim_type, changed_at, id) WHERE offer_id IS NULL;
DROP INDEX sims_by_offer;
DROP INDEX sims_by_type;

-- With the moment itself, so that SIMs of some days are counted without a look at them.
DROP INDEX sims_by_activation;
CREATE INDEX sims_by_activation ON sims (company_id, state, coalesce(activated_at, 'epoch'), id) INCLUDE (activated_at);
