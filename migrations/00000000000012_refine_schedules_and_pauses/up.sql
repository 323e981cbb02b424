ALTER TABLE operations
    -- Why it ended without having begun: what it was launched for was not allowed any more when its time had come.
    ADD COLUMN not_started_because text,
    -- What the pause rule leaves out: tasks that failed when they were made, and all that had ended at the last resumption.
    ADD COLUMN ended_before integer NOT NULL DEFAULT 0,
    ADD COLUMN failed_before integer NOT NULL DEFAULT 0,
    ADD CHECK (not_started_because IS NULL OR state = 'finished'),
    ADD CONSTRAINT operations_one_start CHECK (after_id IS NULL OR scheduled_for IS NULL),
    -- It follows one that was there before it: no circle can come about.
    ADD CONSTRAINT operations_no_circle CHECK (after_id < id);
CREATE INDEX operations_scheduled ON operations (scheduled_for) WHERE state = 'scheduled';
