-- What was selected is written down at launch, as ids in the order of the ICCIDs, in parts that a worker makes tasks
-- of one after the other. They go when the operation has ended: its tasks are then the record.
CREATE TABLE operation_sims (
    operation_id bigint NOT NULL REFERENCES operations,
    part integer NOT NULL,
    sims bigint[] NOT NULL,
    PRIMARY KEY (operation_id, part)
);
-- Ids in order hardly compress, and are read once.
ALTER TABLE operation_sims ALTER sims SET STORAGE EXTERNAL;

ALTER TABLE operations
    -- How many SIMs were selected.
    ADD COLUMN selected integer NOT NULL DEFAULT 0,
    DROP COLUMN made_up_to;

-- What was launched before knows its selection as a filter alone, which nobody can tell any more what it meant then.
UPDATE operations SET state = 'cancelling', cancelled_at = now() WHERE state = 'initializing';
UPDATE operations SET state = 'finished', finished_at = now(),
    not_started_because = 'The portal was upgraded before its time had come. Launch it again.'
WHERE state = 'scheduled';
UPDATE operations SET selected = tasks_made;
