ALTER TYPE audit_action ADD VALUE 'passkey_refused';
