CREATE OR REPLACE FUNCTION count_sims_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sim_counts AS c (company_id, state, sims)
    SELECT company_id, state, count(*) FROM new_sims GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (company_id, state) DO UPDATE SET sims = c.sims + excluded.sims;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION count_sims_updated() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE OR REPLACE FUNCTION count_sims_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sim_counts AS c (company_id, state, sims)
    SELECT company_id, state, -count(*) FROM old_sims GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (company_id, state) DO UPDATE SET sims = c.sims + excluded.sims;
    RETURN NULL;
END $$;
DROP TABLE sim_label_counts, sim_labels, sim_group_counts;
