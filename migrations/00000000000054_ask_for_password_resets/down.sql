DELETE FROM password_links WHERE by_mail;
ALTER TABLE password_links DROP COLUMN by_mail;
DROP TABLE password_reset_requests;
