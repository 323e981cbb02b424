-- Steps are not taken in the order of the ICCIDs, but 10,000 SIMs here and 10,000 there, the first ones last. What is
-- moved leaves dead entries in every index until the next vacuum: taken in order, a million of them would stand before
-- the first SIM that is left, and each page of the grid would walk over all of them.
ALTER TABLE steps ADD COLUMN place integer NOT NULL
    GENERATED ALWAYS AS ((first_position - 1) / 10000 % 32768 * 40503 % 65536) STORED;
DROP INDEX steps_open;
CREATE INDEX steps_open ON steps (operation_id, place DESC, first_position) WHERE NOT done;

-- For the same reason the dead entries of a large operation go while it runs, and soon after it: the usual fifth of the
-- table would be two million of ten.
ALTER TABLE sims SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 50000);
ALTER TABLE tasks SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 100000);
