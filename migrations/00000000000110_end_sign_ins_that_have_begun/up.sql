-- Who has shown a first factor and is to show the second: what ends the sessions of a person ends this as well.
ALTER TABLE sessions ADD COLUMN pending_user_id bigint REFERENCES users ON DELETE CASCADE;
CREATE INDEX sessions_pending_of_user ON sessions (pending_user_id) WHERE pending_user_id IS NOT NULL;
