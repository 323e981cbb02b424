DROP TABLE sim_counts, sims, labels, offer_assignments, offers;
DROP FUNCTION count_sims_inserted, count_sims_updated, count_sims_deleted;
DROP TYPE sim_state, sim_type;
