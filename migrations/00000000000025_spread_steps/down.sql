ALTER TABLE sims RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE tasks RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
DROP INDEX steps_open;
ALTER TABLE steps DROP COLUMN place;
CREATE INDEX steps_open ON steps (operation_id, first_position) WHERE NOT done;
