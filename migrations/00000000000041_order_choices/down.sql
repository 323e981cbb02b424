ALTER TABLE sims DROP COLUMN name_from_second, DROP COLUMN name_from_third, DROP COLUMN name_from_fourth;
DROP FUNCTION name_from_word(text, integer);
DROP INDEX sims_by_activation;
CREATE INDEX sims_by_activation ON sims (company_id, state, coalesce(activated_at, 'epoch'), id);
CREATE INDEX sims_by_offer ON sims (company_id, offer_id, iccid) WHERE offer_id IS NOT NULL;
CREATE INDEX sims_by_type ON sims (company_id, sim_type, iccid);
DROP INDEX sims_on_offer_by_iccid, sims_on_offer_by_imsi, sims_on_offer_by_msisdn, sims_on_offer_by_activation,
    sims_on_offer_by_change, sims_off_offer_by_iccid, sims_off_offer_by_imsi, sims_off_offer_by_msisdn,
    sims_off_offer_by_activation, sims_off_offer_by_change;
