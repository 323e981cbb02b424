-- What a SIM authenticates with, encrypted with a key that is not in the database. Apart from sims, which many read.
CREATE TABLE sim_keys (
    sim_id bigint PRIMARY KEY REFERENCES sims ON DELETE CASCADE,
    sealed bytea NOT NULL
);
