CREATE TYPE operation_kind AS ENUM (
    'import', 'transfer', 'hand_over', 'activate', 'suspend', 'resume', 'change_offer', 'terminate');
CREATE TYPE operation_state AS ENUM (
    'initializing', 'scheduled', 'in_progress', 'cancelling', 'finished');
CREATE TYPE task_state AS ENUM ('pending', 'in_progress', 'success', 'failure', 'cancelled');
CREATE TYPE failure_code AS ENUM (
    'wrong_state', 'busy', 'offer_not_assigned', 'sim_type_excluded', 'already_there',
    'company_suspended', 'network_rejected', 'network_unreachable', 'not_found');

-- One act on many SIMs. Its id is the number that people see.
CREATE TABLE operations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The company it was launched in.
    company_id bigint NOT NULL REFERENCES companies,
    kind operation_kind NOT NULL,
    state operation_state NOT NULL DEFAULT 'initializing',
    -- Where SIMs go: transfer and hand-over.
    target_company_id bigint REFERENCES companies,
    -- The offer they go on: activate, change offer and hand-over.
    offer_id bigint REFERENCES offers,
    keep_labels boolean NOT NULL DEFAULT false,
    -- Frozen at launch: a list of SIMs, or a filter with exceptions.
    selection jsonb NOT NULL,
    launched_by bigint NOT NULL REFERENCES users,
    -- Made with the form that launched it: the same form sent twice launches once.
    launch_key uuid,
    launched_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    cancelled_by bigint REFERENCES users,
    cancelled_at timestamptz,
    -- How far the making of tasks has come: the last ICCID looked at, and the last position given.
    made_up_to text COLLATE "C" NOT NULL DEFAULT '',
    tasks_made integer NOT NULL DEFAULT 0,
    -- When it last got a turn of a worker: turns go round.
    last_turn_at timestamptz NOT NULL DEFAULT '-infinity',
    CHECK ((kind IN ('transfer', 'hand_over')) = (target_company_id IS NOT NULL)),
    CHECK ((kind IN ('activate', 'change_offer', 'hand_over')) = (offer_id IS NOT NULL)),
    CHECK ((state = 'finished') = (finished_at IS NOT NULL))
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX operations_launch_key ON operations (company_id, launch_key) WHERE launch_key IS NOT NULL;
CREATE INDEX operations_unfinished ON operations (last_turn_at) WHERE state <> 'finished';

-- Which companies see an operation, each with the counters of its own SIMs in it. The row
-- of the launching company counts every task; that of a company that SIMs were moved
-- into counts those that arrived.
CREATE TABLE operation_companies (
    company_id bigint NOT NULL REFERENCES companies,
    operation_id bigint NOT NULL REFERENCES operations,
    pending integer NOT NULL DEFAULT 0,
    in_progress integer NOT NULL DEFAULT 0,
    success integer NOT NULL DEFAULT 0,
    failure integer NOT NULL DEFAULT 0,
    cancelled integer NOT NULL DEFAULT 0,
    PRIMARY KEY (company_id, operation_id),
    CHECK (least(pending, in_progress, success, failure, cancelled) >= 0)
) WITH (fillfactor = 50);
CREATE INDEX operation_companies_of_operation ON operation_companies (operation_id);

-- The part of an operation that concerns one SIM, with the SIM's before-image.
CREATE TABLE tasks (
    -- No foreign key: tasks are inserted by statements that read the row of their operation, and
    -- checking the same row again for each of a million tasks is a fifth of the work.
    operation_id bigint NOT NULL,
    position integer NOT NULL,
    sim_id bigint NOT NULL REFERENCES sims,
    state task_state NOT NULL DEFAULT 'pending',
    before_company_id bigint NOT NULL,
    before_state sim_state NOT NULL,
    before_offer_id bigint,
    -- Set when the task moved the SIM, also when a later part of it failed.
    moved_to_company_id bigint,
    code failure_code,
    -- The operation that held the SIM (busy), and what the network said (network_rejected).
    blocking_operation_id bigint,
    network_message text,
    finished_at timestamptz,
    PRIMARY KEY (operation_id, position),
    CHECK ((state = 'failure') = (code IS NOT NULL)),
    CHECK ((state IN ('success', 'failure', 'cancelled')) = (finished_at IS NOT NULL))
) WITH (fillfactor = 90);
-- A SIM is in at most one unfinished operation: the database itself sees to it.
CREATE UNIQUE INDEX tasks_unfinished_of_sim ON tasks (sim_id) WHERE state IN ('pending', 'in_progress');
-- The SIM's timeline.
CREATE INDEX tasks_of_sim ON tasks (sim_id, operation_id);
CREATE INDEX tasks_failed ON tasks (operation_id, code, position) WHERE state = 'failure';

-- A run of up to 1,000 tasks that a worker takes at once. The lease says until when it is
-- that worker's; one that died lets it expire, and another takes the step over.
CREATE TABLE steps (
    operation_id bigint NOT NULL REFERENCES operations,
    first_position integer NOT NULL,
    last_position integer NOT NULL,
    done boolean NOT NULL DEFAULT false,
    lease uuid,
    leased_until timestamptz,
    -- How often the network could not be reached for it.
    attempts smallint NOT NULL DEFAULT 0,
    -- Not to be taken before: the back-off after an unreachable network.
    not_before timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (operation_id, first_position)
) WITH (fillfactor = 50);
CREATE INDEX steps_open ON steps (operation_id, first_position) WHERE NOT done;

-- What the simulated network was asked to do, by idempotency key: its own memory, as a
-- real network has one, so that repeating a request has no second effect.
CREATE TABLE simulated_network_requests (
    key text PRIMARY KEY,
    imsi text NOT NULL,
    action text NOT NULL,
    accepted boolean NOT NULL,
    -- How often it was asked: more than once after a worker died in between.
    asked integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now()
);
