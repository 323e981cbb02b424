ALTER TABLE tasks
    -- The idempotency key that the network was asked with and has not answered for: a retry asks with it again.
    ADD COLUMN network_key text;
