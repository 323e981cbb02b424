ALTER TABLE companies DROP COLUMN session_hours;
ALTER TABLE companies DROP COLUMN session_idle_minutes;
DROP INDEX sessions_uid;
ALTER TABLE sessions DROP COLUMN ends_at;
ALTER TABLE sessions DROP COLUMN last_used_at;
ALTER TABLE sessions DROP COLUMN device;
ALTER TABLE sessions DROP COLUMN uid;
