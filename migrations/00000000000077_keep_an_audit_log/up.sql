CREATE TYPE audit_action AS ENUM (
    'signed_in', 'sign_in_failed', 'signed_out', 'focus_changed', 'sessions_ended',
    'password_set', 'password_link_made', 'second_factor_added', 'second_factor_removed', 'second_factor_wrong',
    'second_factor_reset', 'recovery_code_used',
    'invited', 'invitation_revoked', 'invitation_accepted', 'member_added', 'rights_changed', 'member_removed',
    'profile_made', 'profile_changed', 'profile_removed',
    'account_changed', 'security_changed',
    'subaccount_made', 'subaccount_changed', 'subaccount_suspended', 'subaccount_resumed',
    'offer_made', 'offer_changed', 'offer_assigned', 'offer_withdrawn',
    'label_made', 'label_changed', 'label_removed', 'field_made', 'field_changed', 'field_removed',
    'view_shared', 'view_changed', 'view_removed',
    'export_asked', 'export_downloaded', 'export_removed',
    'operation_launched', 'operation_cancelled', 'operation_resumed', 'operation_rescheduled',
    'network_tested', 'audit_exported');

-- What people have done in a company, or with the ways into it. Lines are added and never changed.
CREATE TABLE audit_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id bigint NOT NULL REFERENCES companies,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Who; NULL: the portal itself, or somebody on the machine.
    actor_id bigint REFERENCES users,
    -- What they were called then, and signed in with.
    actor text NOT NULL,
    address inet,
    action audit_action NOT NULL,
    -- What it was done to, as it was called then.
    subject text NOT NULL,
    before jsonb,
    after jsonb,
    operation_id bigint REFERENCES operations
);
CREATE INDEX audit_events_of_company ON audit_events (company_id, at, id);
CREATE INDEX audit_events_by_action ON audit_events (company_id, action, at, id);
CREATE INDEX audit_events_of_actor ON audit_events (actor_id, action, at);
CREATE INDEX audit_events_of_operation ON audit_events (operation_id) WHERE operation_id IS NOT NULL;

CREATE FUNCTION refuse_to_change_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is only added to: % is refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

-- What has been done before there was a log, as far as operations tell.
INSERT INTO audit_events (company_id, at, actor_id, actor, action, subject, after, operation_id)
SELECT o.company_id, o.launched_at, o.launched_by, coalesce(u.name || ' (' || u.email || ')', 'Simyard'),
       'operation_launched', initcap(replace(o.kind::text, '_', ' ')) || ' #' || o.id,
       jsonb_strip_nulls(jsonb_build_object('SIMs', o.selected, 'to', target.name, 'offer', f.name)), o.id
FROM operations o
LEFT JOIN users u ON u.id = o.launched_by
LEFT JOIN companies target ON target.id = o.target_company_id
LEFT JOIN offers f ON f.id = o.offer_id
ORDER BY o.id;

CREATE TRIGGER audit_events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_audit_events();
