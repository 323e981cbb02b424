-- Whoever writes SIMs meanwhile would do so by the functions of before.
LOCK TABLE sims IN SHARE ROW EXCLUSIVE MODE;

-- Entries tell all that a text is looked for in, word by word: of the SIMs with a label, or on an offer, which a text finds,
-- those of one page alone are fetched.
TRUNCATE sim_labels;
ALTER TABLE sim_labels
    DROP CONSTRAINT sim_labels_pkey,
    ADD COLUMN name_from_second text COLLATE "C",
    ADD COLUMN name_from_third text COLLATE "C",
    ADD COLUMN name_from_fourth text COLLATE "C";
INSERT INTO sim_labels (label_id, iccid, company_id, sim_id, state, sim_type, offer_id, label_ids, activated_at, changed_at,
    imsi, msisdn, eid, imei, name_from_first, name_from_second, name_from_third, name_from_fourth)
SELECT DISTINCT label_id, iccid, company_id, id, state, sim_type, offer_id,
       CASE WHEN cardinality(label_ids) <= 100 THEN label_ids END, activated_at, changed_at,
       imsi, msisdn, eid, imei, name_from_first, name_from_second, name_from_third, name_from_fourth
FROM sims CROSS JOIN unnest(label_ids) AS of (label_id) WHERE label_ids <> '{}' ORDER BY 1, 2;
ALTER TABLE sim_labels
    ADD PRIMARY KEY (label_id, iccid) INCLUDE (company_id, sim_id, state, sim_type, offer_id, label_ids, activated_at, changed_at,
        imsi, msisdn, eid, imei, name_from_first, name_from_second, name_from_third, name_from_fourth);

-- Only for what says the condition in these words. Else the planner, which may take few SIMs for fewer, would read these wide
-- entries and sort them, where another index has the order.
CREATE INDEX sims_told_by_offer ON sims (company_id, offer_id, state, sim_type, iccid)
    INCLUDE (id, activated_at, changed_at,
        imsi, msisdn, eid, imei, name_from_first, name_from_second, name_from_third, name_from_fourth)
    WHERE (offer_id IS NOT NULL) IS TRUE;

CREATE OR REPLACE FUNCTION count_sims_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH moves AS (
        SELECT company_id, state, sim_type, coalesce(offer_id, 0) AS offer_id, count(*) AS n
        FROM new_sims GROUP BY 1, 2, 3, 4
    ), states AS (
        INSERT INTO sim_counts AS c (company_id, state, sims)
        SELECT company_id, state, sum(n)::bigint FROM moves GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (company_id, state) DO UPDATE SET sims = c.sims + excluded.sims
        RETURNING 1
    )
    INSERT INTO sim_group_counts AS c (company_id, state, sim_type, offer_id, sims)
    SELECT * FROM moves WHERE (SELECT count(*) FROM states) > 0 ORDER BY 1, 2, 3, 4
    ON CONFLICT (company_id, state, sim_type, offer_id) DO UPDATE SET sims = c.sims + excluded.sims;
    IF EXISTS (SELECT FROM new_sims WHERE label_ids <> '{}') THEN
        WITH fresh AS (
            INSERT INTO sim_labels (label_id, iccid, company_id, sim_id, state, sim_type, offer_id, label_ids, activated_at, changed_at,
                imsi, msisdn, eid, imei, name_from_first, name_from_second, name_from_third, name_from_fourth)
            SELECT DISTINCT label_id, iccid, company_id, id, state, sim_type, offer_id,
                   CASE WHEN cardinality(label_ids) <= 100 THEN label_ids END, activated_at, changed_at,
                   imsi, msisdn, eid, imei, name_from_first, name_from_second, name_from_third, name_from_fourth
            FROM new_sims CROSS JOIN unnest(label_ids) AS of (label_id)
            RETURNING label_id
        )
        INSERT INTO sim_label_counts AS c (label_id, sims)
        SELECT label_id, count(*) FROM fresh GROUP BY 1 ORDER BY 1
        ON CONFLICT (label_id) DO UPDATE SET sims = c.sims + excluded.sims;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION count_sims_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH moves AS (
        SELECT company_id, state, sim_type, offer_id, sum(n)::bigint AS n
        FROM (SELECT company_id, state, sim_type, coalesce(offer_id, 0) AS offer_id, count(*) AS n
              FROM new_sims GROUP BY 1, 2, 3, 4
              UNION ALL
              SELECT company_id, state, sim_type, coalesce(offer_id, 0), -count(*)
              FROM old_sims GROUP BY 1, 2, 3, 4) AS both_ways
        GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
    ), states AS (
        INSERT INTO sim_counts AS c (company_id, state, sims)
        SELECT company_id, state, sum(n)::bigint FROM moves GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2
        ON CONFLICT (company_id, state) DO UPDATE SET sims = c.sims + excluded.sims
        RETURNING 1
    )
    INSERT INTO sim_group_counts AS c (company_id, state, sim_type, offer_id, sims)
    SELECT * FROM moves WHERE (SELECT count(*) FROM states) >= 0 ORDER BY 1, 2, 3, 4
    ON CONFLICT (company_id, state, sim_type, offer_id) DO UPDATE SET sims = c.sims + excluded.sims;
    IF EXISTS (SELECT FROM old_sims WHERE label_ids <> '{}') OR EXISTS (SELECT FROM new_sims WHERE label_ids <> '{}')
    THEN
        WITH before AS (
            SELECT DISTINCT label_id, iccid, company_id, id, state, sim_type, offer_id,
                   CASE WHEN cardinality(label_ids) <= 100 THEN label_ids END, activated_at, changed_at,
                   imsi, msisdn, eid, imei, name_from_first, name_from_second, name_from_third, name_from_fourth
            FROM old_sims CROSS JOIN unnest(label_ids) AS of (label_id)
        ), later AS (
            SELECT DISTINCT label_id, iccid, company_id, id, state, sim_type, offer_id,
                   CASE WHEN cardinality(label_ids) <= 100 THEN label_ids END, activated_at, changed_at,
                   imsi, msisdn, eid, imei, name_from_first, name_from_second, name_from_third, name_from_fourth
            FROM new_sims CROSS JOIN unnest(label_ids) AS of (label_id)
        ), gone AS (
            DELETE FROM sim_labels USING (SELECT label_id, iccid FROM before EXCEPT SELECT label_id, iccid FROM later) AS lost
            WHERE sim_labels.label_id = lost.label_id AND sim_labels.iccid = lost.iccid
        ), fresh AS (
            INSERT INTO sim_labels (label_id, iccid, company_id, sim_id, state, sim_type, offer_id, label_ids, activated_at, changed_at,
                imsi, msisdn, eid, imei, name_from_first, name_from_second, name_from_third, name_from_fourth)
            SELECT * FROM later EXCEPT SELECT * FROM before ORDER BY 1, 2
            ON CONFLICT (label_id, iccid) DO UPDATE SET
                company_id = excluded.company_id, sim_id = excluded.sim_id, state = excluded.state, sim_type = excluded.sim_type,
                offer_id = excluded.offer_id, label_ids = excluded.label_ids,
                activated_at = excluded.activated_at, changed_at = excluded.changed_at,
                imsi = excluded.imsi, msisdn = excluded.msisdn, eid = excluded.eid, imei = excluded.imei,
                name_from_first = excluded.name_from_first, name_from_second = excluded.name_from_second,
                name_from_third = excluded.name_from_third, name_from_fourth = excluded.name_from_fourth
        )
        INSERT INTO sim_label_counts AS c (label_id, sims)
        SELECT label_id, sum(n)::bigint
        FROM (SELECT label_id, count(*) AS n FROM later GROUP BY 1
              UNION ALL SELECT label_id, -count(*) FROM before GROUP BY 1) AS both_ways
        GROUP BY 1 HAVING sum(n) <> 0 ORDER BY 1
        ON CONFLICT (label_id) DO UPDATE SET sims = c.sims + excluded.sims;
    END IF;
    RETURN NULL;
END $$;

-- To replace a function is to take from it whose rights it has.
DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['count_sims_inserted', 'count_sims_updated'] LOOP
        EXECUTE format('ALTER FUNCTION %I() SECURITY DEFINER SET search_path = %I, pg_temp', one, current_schema());
    END LOOP;
END $$;
