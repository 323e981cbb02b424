CREATE FUNCTION h(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT abs(hashint8extended($1, $2) % 1000003)';
INSERT INTO labels (company_id, name) SELECT id, 'Roof ' || id FROM companies WHERE id < {main} + 9;
INSERT INTO labels (company_id, name) VALUES ({main}, 'Roof, flat'), ({main}, 'Cellar');
INSERT INTO offer_assignments (company_id, offer_id, assigned_by_company_id)
    SELECT companies.id, offers.id, {main} FROM companies CROSS JOIN offers WHERE companies.id <> {main};
INSERT INTO sims (company_id, iccid, imsi, msisdn, eid, imei, name, sim_type, state, offer_id, label_ids, activated_at, changed_at)
SELECT company,
    '8988211' || lpad(n::text, 12, '0'),
    '90170' || lpad((n * 48271 % 10000000000)::text, 10, '0'),
    CASE WHEN h(n, 1) % 10 <> 0 THEN '88320' || lpad((n * 69621 % 10000000000)::text, 10, '0') END,
    CASE WHEN h(n, 2) % 3 = 0 THEN '89049032' || lpad((n * 16807 % 10000000000)::text, 24, '0') END,
    CASE WHEN h(n, 3) % 2 = 0 THEN '35' || lpad((n * 40692 % 10000000000)::text, 13, '0') END,
    CASE WHEN h(n, 4) % 10 < 6 THEN
        (ARRAY['Meter', 'Pump', 'Gate'])[1 + h(n, 5) % 3] || ' ' || (ARRAY['Hamburg', 'Lyon', 'Porto'])[1 + h(n, 6) % 3] END,
    (CASE WHEN n % 97 = 0 THEN 'euicc' WHEN h(n, 8) % 10 < 5 THEN 'mff2' ELSE 'plug_in' END)::sim_type,
    state,
    CASE WHEN state IN ('active', 'suspended') THEN 1 + h(n, 9) % 2 END,
    CASE WHEN h(n, 11) % 6 = 0 THEN ARRAY(SELECT l.id FROM labels l WHERE l.company_id = company ORDER BY l.id) ELSE '{}' END,
    CASE WHEN state <> 'inventory' THEN '2024-01-01'::timestamptz + h(n, 14) % 500 * interval '1 day' END,
    '2024-08-01'::timestamptz + h(n, 15) % 20000 * interval '17 minutes'
FROM (
    SELECT n, (ARRAY['inventory', 'active', 'active', 'suspended', 'retired'])[1 + h(n, 16) % 5]::sim_state AS state,
        -- A third in one block for each account, a third by chance, the rest in the first two.
        {main} + CASE WHEN n % 3000 < 1000 THEN n % 1000 * {accounts} / 1000
            WHEN n % 3000 < 2000 THEN h(n, 17) % {accounts} ELSE h(n, 18) % 2 END AS company
    FROM generate_series(1::bigint, {sims}) AS n
) AS made;
ANALYZE;
