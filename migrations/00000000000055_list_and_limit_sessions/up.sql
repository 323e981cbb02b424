-- What a person sees of their sessions: which browser, and when it was last used. The uid names one where the key must not.
ALTER TABLE sessions ADD COLUMN uid uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE sessions ADD COLUMN device text NOT NULL DEFAULT '' CHECK (char_length(device) <= 100);
ALTER TABLE sessions ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT now();
-- The end that no use moves on, where expires_at is the idle limit.
ALTER TABLE sessions ADD COLUMN ends_at timestamptz NOT NULL DEFAULT now() + interval '7 days';
UPDATE sessions SET ends_at = created_at + interval '7 days';
CREATE UNIQUE INDEX sessions_uid ON sessions (uid);

-- How long the sessions of a company's people may last; NULL is as long as the installation allows.
ALTER TABLE companies ADD COLUMN session_idle_minutes integer CHECK (session_idle_minutes BETWEEN 15 AND 480);
ALTER TABLE companies ADD COLUMN session_hours integer CHECK (session_hours BETWEEN 8 AND 168);
