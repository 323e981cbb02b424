-- Operations that have met errors of their own since they last got on.
CREATE TABLE operation_faults (
    operation_id bigint PRIMARY KEY REFERENCES operations,
    in_a_row smallint NOT NULL DEFAULT 1,
    -- Until when it is put off.
    not_before timestamptz NOT NULL,
    -- Set when it was paused for it: what a resumption brings it back to.
    stopped_in operation_state CHECK (stopped_in IN ('initializing', 'scheduled', 'in_progress'))
);

-- When a company's operations last got a turn of a worker, in each lane: turns go round by company.
CREATE TABLE turns (
    company_id bigint NOT NULL REFERENCES companies ON DELETE CASCADE,
    lane text NOT NULL CHECK (lane IN ('database', 'network')),
    taken_at timestamptz NOT NULL,
    PRIMARY KEY (company_id, lane)
) WITH (fillfactor = 50);
