-- Two words more, whichever there are by now.
DO $$
DECLARE
    rule record;
BEGIN
    SELECT conname, pg_get_expr(conbin, 0) AS words INTO STRICT rule
    FROM pg_constraint WHERE contypid = 'audit_action'::regtype;
    EXECUTE format('ALTER DOMAIN audit_action DROP CONSTRAINT %I', rule.conname);
    EXECUTE format('ALTER DOMAIN audit_action ADD CONSTRAINT %I CHECK (%s OR VALUE = %L OR VALUE = %L)', rule.conname, rule.words,
        'recovery_codes_renewed', 'name_changed');
END $$;
