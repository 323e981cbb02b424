-- What a network that may answer later is being asked, by idempotency key, from before it is asked until its answer has
-- been read by the step that waits for it. What is never answered goes after a month.
CREATE TABLE network_answers (
    key text PRIMARY KEY,
    network text NOT NULL,
    -- The step that asked last.
    operation_id bigint NOT NULL,
    first_position integer NOT NULL,
    asked_at timestamptz NOT NULL,
    -- It has said that it will answer, and is asked again only after this.
    wait_until timestamptz,
    -- The answer: whether it is done. Nothing while there is none.
    done boolean,
    message text,
    FOREIGN KEY (operation_id, first_position) REFERENCES steps
);
CREATE INDEX network_answers_of_step ON network_answers (operation_id, first_position);
CREATE INDEX network_answers_by_age ON network_answers (asked_at);
