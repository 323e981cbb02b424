-- Whether whoever launched an operation gets an e-mail when it has ended.
ALTER TABLE operations ADD COLUMN notify_by_email boolean NOT NULL DEFAULT false;

-- What has happened that a person should know of, in one company. Shown in the bell.
CREATE TABLE messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users,
    company_id bigint NOT NULL REFERENCES companies,
    -- One sentence, and the path in the portal where more is to be seen.
    sentence text NOT NULL,
    link text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    read_at timestamptz
) WITH (fillfactor = 90);
CREATE INDEX messages_newest ON messages (user_id, company_id, id DESC);
CREATE INDEX messages_unread ON messages (user_id, company_id, id) WHERE read_at IS NULL;

-- Letters that are to be sent by e-mail, written in the transaction of what they tell of.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Becomes the Message-ID, so that a letter which was sent twice is known for one.
    uid uuid NOT NULL UNIQUE,
    to_address text NOT NULL,
    subject text NOT NULL,
    -- Emptied once it is sent: a letter may hold a one-time link.
    text text NOT NULL,
    html text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts smallint NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Until when the letter is with the one that is sending it.
    lease uuid,
    leased_until timestamptz,
    sent_at timestamptz,
    last_error text,
    given_up_at timestamptz,
    CHECK (sent_at IS NULL OR given_up_at IS NULL),
    CHECK ((lease IS NULL) = (leased_until IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX outbox_waiting ON outbox (next_attempt_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
