-- The letter that an invitation went with last, as the outbox names it: there is said why it was not delivered. No foreign key:
-- letters are forgotten before invitations are.
ALTER TABLE invitations ADD COLUMN letter uuid;
