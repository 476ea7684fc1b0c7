-- migrate:up
CREATE TABLE users (
    id                uuid        PRIMARY KEY DEFAULT uuid_generate_v4(),
    email             text        NOT NULL,
    name              text        NOT NULL,
    password_hash     text        NOT NULL,
    subscription_tier text        NOT NULL DEFAULT 'free',
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    last_login_at     timestamptz,
    deleted_at        timestamptz,
    CONSTRAINT users_email_lowercase CHECK (email = lower(email)),
    CONSTRAINT users_subscription_tier_known CHECK (subscription_tier IN ('free', 'pro', 'enterprise'))
);
COMMENT ON TABLE users IS 'People who signed up';
COMMENT ON COLUMN users.email IS 'In lower case; unique among users that are not deleted';
COMMENT ON COLUMN users.password_hash IS 'As the application hashed it; never the password';
COMMENT ON COLUMN users.updated_at IS 'Moved by a trigger at each update';
COMMENT ON COLUMN users.deleted_at IS 'When the user was soft-deleted; rows are never deleted by the application';

CREATE UNIQUE INDEX users_email_key ON users (email) WHERE deleted_at IS NULL;
COMMENT ON INDEX users_email_key IS 'The e-mail of a deleted user may be used again';
CREATE INDEX users_created_at_idx ON users (created_at);
CREATE INDEX users_last_login_at_idx ON users (last_login_at);
CREATE INDEX users_subscription_tier_idx ON users (subscription_tier);

CREATE FUNCTION update_updated_at_column() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION update_updated_at_column() IS 'Trigger: moves updated_at to the time of the transaction';

CREATE TRIGGER users_updated_at BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- The read-only role sees everything but the password hash.
REVOKE SELECT ON users FROM app_readonly;
GRANT SELECT (id, email, name, subscription_tier, created_at, updated_at, last_login_at, deleted_at)
    ON users TO app_readonly;

-- migrate:down
DROP TABLE users;
DROP FUNCTION update_updated_at_column();
