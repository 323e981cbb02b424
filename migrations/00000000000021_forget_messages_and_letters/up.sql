-- What a letter said that was given up is forgotten, as it is of one that was sent.
UPDATE outbox SET text = '', html = '' WHERE given_up_at IS NOT NULL;

-- By these, what is old is found to be removed.
CREATE INDEX outbox_ended ON outbox (coalesce(sent_at, given_up_at))
    WHERE coalesce(sent_at, given_up_at) IS NOT NULL;
CREATE INDEX messages_read ON messages (read_at) WHERE read_at IS NOT NULL;
CREATE INDEX messages_made ON messages (created_at);
