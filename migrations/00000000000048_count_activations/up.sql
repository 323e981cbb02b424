-- SIMs per company and day (UTC) of their activation, kept as sim_counts is: no page counts SIMs.
CREATE TABLE activation_counts (
    company_id bigint NOT NULL REFERENCES companies,
    day date NOT NULL,
    sims bigint NOT NULL,
    PRIMARY KEY (company_id, day)
) WITH (fillfactor = 50);

-- Their triggers come after those of sim_counts, by name, so that the rows of both are always locked in the same order.
CREATE FUNCTION count_activations_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO activation_counts AS c (company_id, day, sims)
    SELECT company_id, (activated_at AT TIME ZONE 'UTC')::date, count(*)
    FROM new_sims WHERE activated_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (company_id, day) DO UPDATE SET sims = c.sims + excluded.sims;
    RETURN NULL;
END $$;
CREATE TRIGGER sims_inserted_activations AFTER INSERT ON sims REFERENCING NEW TABLE AS new_sims
    FOR EACH STATEMENT EXECUTE FUNCTION count_activations_inserted();

CREATE FUNCTION count_activations_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO activation_counts AS c (company_id, day, sims)
    SELECT company_id, day, sum(n)::bigint
    FROM (SELECT company_id, (activated_at AT TIME ZONE 'UTC')::date AS day, count(*) AS n
          FROM new_sims WHERE activated_at IS NOT NULL GROUP BY 1, 2
          UNION ALL
          SELECT company_id, (activated_at AT TIME ZONE 'UTC')::date, -count(*)
          FROM old_sims WHERE activated_at IS NOT NULL GROUP BY 1, 2) AS moves
    GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2
    ON CONFLICT (company_id, day) DO UPDATE SET sims = c.sims + excluded.sims;
    RETURN NULL;
END $$;
CREATE TRIGGER sims_updated_activations AFTER UPDATE ON sims REFERENCING OLD TABLE AS old_sims NEW TABLE AS new_sims
    FOR EACH STATEMENT EXECUTE FUNCTION count_activations_updated();

CREATE FUNCTION count_activations_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO activation_counts AS c (company_id, day, sims)
    SELECT company_id, (activated_at AT TIME ZONE 'UTC')::date, -count(*)
    FROM old_sims WHERE activated_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (company_id, day) DO UPDATE SET sims = c.sims + excluded.sims;
    RETURN NULL;
END $$;
CREATE TRIGGER sims_deleted_activations AFTER DELETE ON sims REFERENCING OLD TABLE AS old_sims
    FOR EACH STATEMENT EXECUTE FUNCTION count_activations_deleted();

-- The triggers hold off whoever would change a SIM meanwhile.
INSERT INTO activation_counts (company_id, day, sims)
SELECT company_id, (activated_at AT TIME ZONE 'UTC')::date, count(*) FROM sims WHERE activated_at IS NOT NULL GROUP BY 1, 2;
