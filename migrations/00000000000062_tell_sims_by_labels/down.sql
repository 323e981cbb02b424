-- Whoever writes SIMs meanwhile would do so by the functions of before.
LOCK TABLE sims IN SHARE ROW EXCLUSIVE MODE;

DROP TABLE sim_labels;
CREATE TABLE sim_labels (
    label_id bigint NOT NULL,
    iccid text COLLATE "C" NOT NULL,
    PRIMARY KEY (label_id, iccid)
);

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
            INSERT INTO sim_labels (label_id, iccid)
            SELECT DISTINCT label_id, iccid FROM new_sims CROSS JOIN unnest(label_ids) AS of (label_id)
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
            SELECT DISTINCT label_id, iccid FROM old_sims CROSS JOIN unnest(label_ids) AS of (label_id)
        ), later AS (
            SELECT DISTINCT label_id, iccid FROM new_sims CROSS JOIN unnest(label_ids) AS of (label_id)
        ), gone AS (
            DELETE FROM sim_labels USING (SELECT * FROM before EXCEPT SELECT * FROM later) AS lost
            WHERE sim_labels.label_id = lost.label_id AND sim_labels.iccid = lost.iccid
            RETURNING sim_labels.label_id
        ), fresh AS (
            INSERT INTO sim_labels (label_id, iccid) SELECT * FROM later EXCEPT SELECT * FROM before
            RETURNING label_id
        )
        INSERT INTO sim_label_counts AS c (label_id, sims)
        SELECT label_id, sum(n)::bigint
        FROM (SELECT label_id, count(*) AS n FROM fresh GROUP BY 1
              UNION ALL SELECT label_id, -count(*) FROM gone GROUP BY 1) AS both_ways
        GROUP BY 1 HAVING sum(n) <> 0 ORDER BY 1
        ON CONFLICT (label_id) DO UPDATE SET sims = c.sims + excluded.sims;
    END IF;
    RETURN NULL;
END $$;

INSERT INTO sim_labels (label_id, iccid)
SELECT DISTINCT label_id, iccid FROM sims CROSS JOIN unnest(label_ids) AS of (label_id) WHERE label_ids <> '{}';
