ALTER TABLE invitations DROP COLUMN letter;
