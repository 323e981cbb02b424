-- How the networks are doing, as all workers have found it.
CREATE TABLE network_states (
    network text PRIMARY KEY,
    -- Calls in a row that nobody answered.
    silent integer NOT NULL DEFAULT 0,
    -- Since when it is left alone, apart from a try now and then.
    open_since timestamptz,
    -- Until when it is left alone, or a try is under way.
    held_until timestamptz,
    -- Tries in a row that failed since then.
    failed_tries smallint NOT NULL DEFAULT 0,
    last_problem text,
    last_problem_at timestamptz,
    -- To the minute.
    last_success_at timestamptz
);
