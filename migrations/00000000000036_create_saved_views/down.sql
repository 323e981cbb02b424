ALTER TABLE memberships DROP COLUMN default_view_id;
DROP TABLE saved_views;
