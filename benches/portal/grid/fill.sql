-- SIMs numbered in the order of their ICCIDs; everything else is spread by hashes of the number, so that nothing follows
-- that order but what is meant to: the last label, and the one eUICC.
-- $1: how many in all; $2: how many of them are of the measured company; $3: that company.
INSERT INTO sims (company_id, iccid, imsi, msisdn, eid, imei, name, sim_type, state, offer_id, label_ids, activated_at, changed_at)
SELECT company,
    '8988211' || lpad(n::text, 12, '0'),
    '90170' || lpad((n * 48271 % 10000000000)::text, 10, '0'),
    CASE WHEN h(n, 1) % 10 <> 0 THEN '88320' || lpad((n * 69621 % 10000000000)::text, 10, '0') END,
    CASE WHEN h(n, 2) % 3 = 0 THEN '89049032' || lpad((n * 16807 % 10000000000)::text, 24, '0') END,
    CASE WHEN h(n, 3) % 2 = 0 THEN '35' || lpad((n * 40692 % 10000000000)::text, 13, '0') END,
    CASE WHEN h(n, 4) % 10 < 6 THEN
        (ARRAY['Meter', 'Pump', 'Gate', 'Meter', 'Tracker', 'Meter', 'Lift', 'Sensor'])[1 + h(n, 5) % 8] || ' '
        || (ARRAY['Hamburg', 'Lyon', 'Porto', 'Turin', 'Oslo', 'Hull', 'Graz', 'Bern', 'Nice', 'Faro'])[1 + h(n, 6) % 10]
        || '-' || h(n, 7) % 100000 END,
    (CASE WHEN n = last THEN 'euicc' WHEN h(n, 8) % 10 < 3 THEN 'mff2' ELSE 'plug_in' END)::sim_type,
    state,
    CASE WHEN state IN ('active', 'suspended') THEN
        (SELECT o.id FROM made_offers o WHERE o.company_id = company
         AND o.place = CASE WHEN company <> $3 THEN 1
             WHEN h(n, 9) % ($2 / 5) = 0 THEN 9 ELSE 1 + least(h(n, 9) % 8, h(n, 10) % 8) END) END,
    CASE WHEN company <> $3 THEN '{}' ELSE
        CASE WHEN h(n, 11) % 5 = 0 THEN '{1}'::bigint[] ELSE '{}' END
        || CASE WHEN h(n, 12) % 100 = 0 THEN '{2}'::bigint[] ELSE '{}' END
        || CASE WHEN h(n, 13) % ($2 / 100) = 0 THEN '{3}'::bigint[] ELSE '{}' END
        || CASE WHEN n > last - $2 / 50 * ($1 / $2) THEN '{4}'::bigint[] ELSE '{}' END END,
    CASE WHEN state <> 'inventory' THEN now() - h(n, 14) % 100000000 * interval '1 second' END,
    now() - h(n, 15) % 60000000 * interval '1 second'
FROM (
    SELECT n, company, $1 / 5000 * 5000 - CASE WHEN $1 = $2 THEN 0 ELSE 5000 * ($1 / $2 - 1) END AS last,
        (CASE WHEN h(n, 16) % 100 < 30 THEN 'inventory' WHEN h(n, 16) % 100 < 90 THEN 'active'
            WHEN h(n, 16) % 100 < 98 THEN 'suspended' ELSE 'retired' END)::sim_state AS state
    FROM (
        -- By five thousands, one in so many of the measured company; the others have ever fewer.
        SELECT n, (SELECT c.company_id FROM made_companies c WHERE c.place = CASE
            WHEN (n - 1) / 5000 % ($1 / $2) = 0 THEN 0
            ELSE 1 + floor(1000 ^ (h((n - 1) / 5000, 17) % 1000 / 1000.0))::bigint END) AS company
        FROM generate_series(1::bigint, $1) AS n
    ) AS owned
) AS made
