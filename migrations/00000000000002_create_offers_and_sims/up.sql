CREATE TYPE sim_type AS ENUM ('plug_in', 'mff2', 'euicc');
CREATE TYPE sim_state AS ENUM ('inventory', 'active', 'suspended', 'retired');

-- The commercial plan that a SIM is activated on. It belongs to the company that made it.
CREATE TABLE offers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id bigint NOT NULL REFERENCES companies,
    name text NOT NULL CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 100),
    description text NOT NULL DEFAULT '',
    sim_types sim_type[] NOT NULL CHECK (sim_types <> '{}'),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX offers_name_in_company ON offers (company_id, lower(name));

-- The offers that a company has. The owner has its own offers by a row too, so that
-- "has this offer" is one look-up and one foreign key.
CREATE TABLE offer_assignments (
    company_id bigint NOT NULL REFERENCES companies,
    offer_id bigint NOT NULL REFERENCES offers,
    -- The company that gave it: the owner itself, or an ancestor of company_id.
    assigned_by_company_id bigint NOT NULL REFERENCES companies,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (company_id, offer_id)
);
CREATE INDEX offer_assignments_of_offer ON offer_assignments (offer_id, company_id);

CREATE TABLE labels (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id bigint NOT NULL REFERENCES companies,
    name text NOT NULL CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 50),
    colour text NOT NULL DEFAULT 'blue' CHECK (colour ~ '^[a-z]{1,20}$'),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX labels_name_in_company ON labels (company_id, lower(name));

-- Identifiers are digits: collation "C" lets one index serve both sorting and prefix search.
CREATE TABLE sims (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id bigint NOT NULL REFERENCES companies,
    iccid text COLLATE "C" NOT NULL,
    imsi text COLLATE "C" NOT NULL,
    msisdn text COLLATE "C",
    eid text COLLATE "C",
    imei text COLLATE "C",
    name text,
    sim_type sim_type NOT NULL,
    state sim_state NOT NULL DEFAULT 'inventory',
    offer_id bigint,
    -- Ids of labels of this company; private to it, dropped or translated by a transfer.
    label_ids bigint[] NOT NULL DEFAULT '{}',
    activated_at timestamptz,
    changed_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    -- A SIM in service is on an offer, any other is on none.
    CHECK ((state IN ('active', 'suspended')) = (offer_id IS NOT NULL)),
    -- ... and that offer is one its company has. Withdrawing an offer in use fails here.
    FOREIGN KEY (company_id, offer_id) REFERENCES offer_assignments (company_id, offer_id)
) WITH (fillfactor = 90);
-- Unique in all companies. Pattern operators, so that they find one SIM but give no order: the planner
-- would walk them, and with them every other company's SIMs, to list one company's in order.
CREATE UNIQUE INDEX sims_iccid_key ON sims (iccid text_pattern_ops);
CREATE UNIQUE INDEX sims_imsi_key ON sims (imsi text_pattern_ops);
CREATE UNIQUE INDEX sims_msisdn ON sims (msisdn text_pattern_ops) WHERE msisdn IS NOT NULL;
-- One index for each sort and filter that the grid offers, each beginning with the company.
CREATE INDEX sims_by_iccid ON sims (company_id, iccid);
CREATE INDEX sims_by_offer ON sims (company_id, offer_id, iccid) WHERE offer_id IS NOT NULL;
CREATE INDEX sims_by_type ON sims (company_id, sim_type, iccid);
-- A list in several states, or in any, merges the ranges of each: so all go by state first.
CREATE INDEX sims_by_state ON sims (company_id, state, iccid);
CREATE INDEX sims_by_imsi ON sims (company_id, state, imsi);
CREATE INDEX sims_by_msisdn ON sims (company_id, state, coalesce(msisdn, ''), id);
CREATE INDEX sims_by_activation ON sims (company_id, state, coalesce(activated_at, 'epoch'), id);
CREATE INDEX sims_by_change ON sims (company_id, state, changed_at, id);
-- For the search alone, which is by prefix.
CREATE INDEX sims_by_eid ON sims (company_id, state, eid, id) WHERE eid IS NOT NULL;
CREATE INDEX sims_by_imei ON sims (company_id, state, imei, id) WHERE imei IS NOT NULL;
CREATE INDEX sims_by_name ON sims (company_id, state, lower(name) COLLATE "C", id) WHERE name IS NOT NULL;
CREATE INDEX sims_by_label ON sims USING gin (label_ids) WHERE label_ids <> '{}';

-- SIMs per company and state, kept by the statement triggers below: no page counts SIMs.
CREATE TABLE sim_counts (
    company_id bigint NOT NULL REFERENCES companies,
    state sim_state NOT NULL,
    sims bigint NOT NULL,
    PRIMARY KEY (company_id, state)
) WITH (fillfactor = 50);

-- The rows are always locked in the order of their key, so that two statements never
-- wait for each other.
CREATE FUNCTION count_sims_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sim_counts AS c (company_id, state, sims)
    SELECT company_id, state, count(*) FROM new_sims GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (company_id, state) DO UPDATE SET sims = c.sims + excluded.sims;
    RETURN NULL;
END $$;
CREATE TRIGGER sims_inserted AFTER INSERT ON sims REFERENCING NEW TABLE AS new_sims
    FOR EACH STATEMENT EXECUTE FUNCTION count_sims_inserted();

CREATE FUNCTION count_sims_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sim_counts AS c (company_id, state, sims)
    SELECT company_id, state, sum(n)::bigint
    FROM (SELECT company_id, state, count(*) AS n FROM new_sims GROUP BY 1, 2
          UNION ALL
          SELECT company_id, state, -count(*) FROM old_sims GROUP BY 1, 2) AS moves
    GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2
    ON CONFLICT (company_id, state) DO UPDATE SET sims = c.sims + excluded.sims;
    RETURN NULL;
END $$;
CREATE TRIGGER sims_updated AFTER UPDATE ON sims REFERENCING OLD TABLE AS old_sims NEW TABLE AS new_sims
    FOR EACH STATEMENT EXECUTE FUNCTION count_sims_updated();

CREATE FUNCTION count_sims_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sim_counts AS c (company_id, state, sims)
    SELECT company_id, state, -count(*) FROM old_sims GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (company_id, state) DO UPDATE SET sims = c.sims + excluded.sims;
    RETURN NULL;
END $$;
CREATE TRIGGER sims_deleted AFTER DELETE ON sims REFERENCING OLD TABLE AS old_sims
    FOR EACH STATEMENT EXECUTE FUNCTION count_sims_deleted();
