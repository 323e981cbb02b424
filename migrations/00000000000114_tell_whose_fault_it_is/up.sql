-- Whether `last_error` is what the mail server has said of the letter. Anything else lies between the portal and that server: it is
-- for whoever runs the portal, and shown to nobody who has sent the letter.
ALTER TABLE outbox ADD COLUMN is_of_letter boolean NOT NULL DEFAULT false;
