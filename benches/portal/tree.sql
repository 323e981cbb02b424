-- As many SIMs of one company as of the accounts of a tree, of which some have very many and most have few: half of them in
-- blocks of their numbers, half by chance.
CREATE FUNCTION h(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT abs(hashint8extended($1, $2) % 1000003)';
INSERT INTO memberships (user_id, company_id, role)
    SELECT {user}, id, 'administrator' FROM companies WHERE id >= {main};
INSERT INTO offer_assignments (company_id, offer_id, assigned_by_company_id)
    SELECT companies.id, offers.id, {main} FROM companies CROSS JOIN offers WHERE companies.id <> {main};
INSERT INTO sims (company_id, iccid, imsi, msisdn, eid, imei, name, sim_type, state, offer_id, activated_at, changed_at)
SELECT company,
    '8988211' || lpad(n::text, 12, '0'),
    '90170' || lpad((n * 48271 % 10000000000)::text, 10, '0'),
    CASE WHEN h(n, 1) % 10 <> 0 THEN '88320' || lpad((n * 69621 % 10000000000)::text, 10, '0') END,
    CASE WHEN h(n, 2) % 3 = 0 THEN '89049032' || lpad((n * 16807 % 10000000000)::text, 24, '0') END,
    CASE WHEN h(n, 3) % 2 = 0 THEN '35' || lpad((n * 40692 % 10000000000)::text, 13, '0') END,
    CASE WHEN h(n, 4) % 10 < 6 THEN
        (ARRAY['Meter', 'Pump', 'Gate', 'Tracker'])[1 + h(n, 5) % 4] || ' '
        || (ARRAY['Hamburg', 'Lyon', 'Porto', 'Turin', 'Oslo', 'Hull', 'Graz', 'Bern'])[1 + h(n, 6) % 8]
        || '-' || h(n, 7) % 100000 END,
    (CASE WHEN h(n, 8) % 10 < 3 THEN 'mff2' ELSE 'plug_in' END)::sim_type,
    state,
    CASE WHEN state IN ('active', 'suspended') THEN 1 + h(n, 9) % 2 END,
    CASE WHEN state <> 'inventory' THEN '2024-01-01'::timestamptz + h(n, 14) % 43200 * interval '17 minutes' END,
    '2024-01-01'::timestamptz + h(n, 15) % 43200 * interval '17 minutes'
FROM (
    SELECT n, (ARRAY['inventory', 'active', 'active', 'active', 'suspended', 'retired'])[1 + h(n, 16) % 6]::sim_state AS state,
        CASE WHEN n > {sims} THEN {one} ELSE {main} - 1
            + least({accounts}, floor({accounts} ^ (h(CASE WHEN n % 2 = 0 THEN n ELSE -n / 100 END, 17) % 1000 / 999.0)))::bigint
        END AS company
    FROM generate_series(1::bigint, 2 * {sims}) AS n
) AS made;
