-- Who has asked for a new password by e-mail. What was typed is kept, known here or not, so that asking takes the same
-- statement and the same time for both; the courier looks whom it is for.
CREATE TABLE password_reset_requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL CHECK (char_length(email) <= 254)
);

-- A link that went to the person's own mailbox rather than to an administrator. Anybody can ask for one, so it ends no other.
ALTER TABLE password_links ADD COLUMN by_mail boolean NOT NULL DEFAULT false;
