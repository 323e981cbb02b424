ALTER TYPE audit_action ADD VALUE 'single_sign_on_changed';
ALTER TYPE audit_action ADD VALUE 'domain_granted';
ALTER TYPE audit_action ADD VALUE 'domain_withdrawn';
ALTER TYPE audit_action ADD VALUE 'identity_linked';
