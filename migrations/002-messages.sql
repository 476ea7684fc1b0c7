-- migrate:up
CREATE TABLE messages (
    id           uuid        PRIMARY KEY DEFAULT uuid_generate_v4(),
    sender_id    uuid        NOT NULL REFERENCES users (id),
    recipient_id uuid        NOT NULL REFERENCES users (id),
    subject      text        NOT NULL DEFAULT '',
    body         text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    read_at      timestamptz,
    CONSTRAINT messages_body_not_empty CHECK (body <> '')
);
COMMENT ON TABLE messages IS 'What users write to one another';
COMMENT ON COLUMN messages.read_at IS 'When the recipient first opened it';

-- Full-text search: a word or a part of one, anywhere in subject or body (LIKE, ILIKE, ~, %).
CREATE INDEX messages_search_idx ON messages USING gin (subject gin_trgm_ops, body gin_trgm_ops);
COMMENT ON INDEX messages_search_idx IS 'Trigrams of subject and body';

CREATE INDEX messages_sender_id_idx ON messages (sender_id, created_at DESC);
CREATE INDEX messages_recipient_id_idx ON messages (recipient_id, created_at DESC);

-- migrate:down
DROP TABLE messages;
