-- Values of enums can't be used in the transaction that adds them: what needs them is in the next migration.
ALTER TYPE operation_kind ADD VALUE 'recall';
ALTER TYPE operation_state ADD VALUE 'paused' BEFORE 'cancelling';

ALTER TABLE operations
    -- The operation whose failed tasks this one does again.
    ADD COLUMN retry_of_id bigint REFERENCES operations,
    -- The operation that this one undoes: for the kind recall, and for that alone.
    ADD COLUMN recall_of_id bigint REFERENCES operations,
    -- Begins once this other one has ended, and only if it ended well.
    ADD COLUMN after_id bigint REFERENCES operations,
    -- Begins at this moment, which was given in this time zone (a name of the IANA database).
    ADD COLUMN scheduled_for timestamptz,
    ADD COLUMN scheduled_zone text,
    -- Pauses when so many of a hundred ended tasks have failed, or so many in all; none: never.
    ADD COLUMN pause_at_percent smallint CHECK (pause_at_percent BETWEEN 1 AND 100),
    ADD COLUMN pause_at_failures integer CHECK (pause_at_failures >= 1),
    ADD COLUMN paused_at timestamptz,
    ADD CHECK ((scheduled_for IS NULL) = (scheduled_zone IS NULL)),
    ADD CHECK (pause_at_percent IS NULL OR pause_at_failures IS NULL);
CREATE INDEX operations_retried ON operations (retry_of_id) WHERE retry_of_id IS NOT NULL;
CREATE INDEX operations_recalled ON operations (recall_of_id) WHERE recall_of_id IS NOT NULL;
CREATE INDEX operations_chained ON operations (after_id) WHERE after_id IS NOT NULL;
