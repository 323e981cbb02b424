-- The SIMs that have been put in service in a network which is more than pretended, and when that last heard of them.
-- Apart from sims: what is written here every few minutes would make all the indexes there grow.
CREATE TABLE life_signs (
    sim_id bigint PRIMARY KEY REFERENCES sims ON DELETE CASCADE,
    -- When the network last heard of it, as far as it told.
    last_seen_at timestamptz,
    -- When the network was last asked, or left out because there was nothing to ask.
    looked_at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 80);

-- Whose turn it is.
CREATE INDEX life_signs_looked_at ON life_signs (looked_at);

INSERT INTO life_signs (sim_id)
SELECT sims.id FROM sims JOIN offers ON offers.id = sims.offer_id WHERE offers.network <> 'simulated';

-- The reconciliations of a company, which a schedule looks at.
CREATE INDEX operations_reconciling ON operations (company_id, launched_at) WHERE kind IN ('reconcile', 'mend');

-- A schedule launches them in nobody's name.
ALTER TABLE operations
    DROP CONSTRAINT operations_launched_by_somebody,
    ADD CONSTRAINT operations_launched_by_somebody
        CHECK (launched_by IS NOT NULL OR kind IN ('import', 'reconcile', 'mend'));
