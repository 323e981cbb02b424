-- What the network was silent about, by SIM: whoever asks it for the same thing next, asks with the same key.
CREATE INDEX tasks_silent ON tasks (sim_id) WHERE network_key IS NOT NULL;
