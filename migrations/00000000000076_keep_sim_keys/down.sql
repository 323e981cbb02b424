DROP TABLE sim_keys;
