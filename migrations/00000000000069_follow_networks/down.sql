DROP TABLE network_states;
