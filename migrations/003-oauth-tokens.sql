-- migrate:up
CREATE TABLE oauth_tokens (
    id            uuid        PRIMARY KEY DEFAULT uuid_generate_v4(),
    user_id       uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider      text        NOT NULL,
    access_token  bytea       NOT NULL,
    refresh_token bytea,
    expires_at    timestamptz NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT oauth_tokens_user_id_provider_key UNIQUE (user_id, provider),
    -- An OpenPGP message with a passphrase begins with the packet tag 3 (RFC 4880, 4.2 and 5.3): 0xC3. A token in the
    -- clear, which is ASCII, never does.
    CONSTRAINT oauth_tokens_access_token_encrypted CHECK (substr(access_token, 1, 1) = '\xc3'),
    CONSTRAINT oauth_tokens_refresh_token_encrypted CHECK (substr(refresh_token, 1, 1) = '\xc3')
);
COMMENT ON TABLE oauth_tokens IS 'Tokens of other services, encrypted; the key is the application''s and is never stored';
COMMENT ON COLUMN oauth_tokens.access_token IS 'Written by encrypt_token(), read by decrypt_token()';
COMMENT ON COLUMN oauth_tokens.refresh_token IS 'Written by encrypt_token(), read by decrypt_token(); some providers give none';

CREATE INDEX oauth_tokens_expires_at_idx ON oauth_tokens (expires_at);

CREATE FUNCTION encrypt_token(token text, key text) RETURNS bytea
LANGUAGE sql STRICT VOLATILE PARALLEL SAFE
AS $$ SELECT public.pgp_sym_encrypt(token, key, 'cipher-algo=aes256') $$;
COMMENT ON FUNCTION encrypt_token(text, text) IS 'Encrypts a token with the caller''s key: never twice to the same bytes';

CREATE FUNCTION decrypt_token(token bytea, key text) RETURNS text
LANGUAGE sql STRICT IMMUTABLE PARALLEL SAFE
AS $$ SELECT public.pgp_sym_decrypt(token, key) $$;
COMMENT ON FUNCTION decrypt_token(bytea, text) IS 'Gives the token back; a wrong key is an error';

CREATE TRIGGER oauth_tokens_updated_at BEFORE UPDATE ON oauth_tokens
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- A token that is given up is deleted at once, and is none of the read-only role's business.
GRANT DELETE ON oauth_tokens TO app;
REVOKE ALL ON oauth_tokens FROM app_readonly;
GRANT EXECUTE ON FUNCTION encrypt_token(text, text), decrypt_token(bytea, text) TO app;

-- migrate:down
DROP TABLE oauth_tokens;
DROP FUNCTION decrypt_token(bytea, text);
DROP FUNCTION encrypt_token(text, text);
