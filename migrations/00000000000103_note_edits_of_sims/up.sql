-- One word more, whichever there are by now.
DO $$
DECLARE
    rule record;
BEGIN
    SELECT conname, pg_get_expr(conbin, 0) AS words INTO STRICT rule
    FROM pg_constraint WHERE contypid = 'audit_action'::regtype;
    EXECUTE format('ALTER DOMAIN audit_action DROP CONSTRAINT %I', rule.conname);
    EXECUTE format('ALTER DOMAIN audit_action ADD CONSTRAINT %I CHECK (%s OR VALUE = %L)', rule.conname, rule.words,
        'sim_edited');
END $$;
-- What was done to one SIM by itself is found by its ICCID.
CREATE INDEX audit_events_of_sim ON audit_events (company_id, subject, at, id) WHERE action = 'sim_edited';
