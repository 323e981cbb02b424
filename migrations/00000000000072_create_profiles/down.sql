-- Who has profiles alone becomes a viewer: an earlier version knows nothing less.
DELETE FROM invitations WHERE role IS NULL;
ALTER TABLE invitations DROP COLUMN profile_ids, ALTER COLUMN role SET NOT NULL;
UPDATE memberships SET role = 'viewer' WHERE role IS NULL;
ALTER TABLE memberships ALTER COLUMN role SET NOT NULL;
DROP TABLE membership_profiles, profiles;
