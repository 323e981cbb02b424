DROP TABLE passkey_challenges;
-- Whoever has nothing but passkeys has no second factor without them.
UPDATE users u SET has_second_factor = false
WHERE has_second_factor AND NOT EXISTS (SELECT FROM totp_secrets t WHERE t.user_id = u.id);
DELETE FROM recovery_codes c WHERE NOT EXISTS (SELECT FROM totp_secrets t WHERE t.user_id = c.user_id);
DROP TABLE passkeys;
ALTER TABLE users DROP COLUMN passkey_handle;
