DROP TRIGGER sims_inserted_activations ON sims;
DROP TRIGGER sims_updated_activations ON sims;
DROP TRIGGER sims_deleted_activations ON sims;
DROP FUNCTION count_activations_inserted();
DROP FUNCTION count_activations_updated();
DROP FUNCTION count_activations_deleted();
DROP TABLE activation_counts;
