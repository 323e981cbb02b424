-- Values of an enum can't be taken back: 'token_made' and 'token_revoked' stay, and no one uses them.
DROP TRIGGER memberships_end_tokens ON memberships;
DROP FUNCTION revoke_api_tokens_of_member;
DROP TABLE operation_tokens;
DROP TABLE api_tokens;
