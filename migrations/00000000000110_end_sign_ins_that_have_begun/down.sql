ALTER TABLE sessions DROP COLUMN pending_user_id;
