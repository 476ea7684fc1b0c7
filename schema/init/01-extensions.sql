-- What the schema needs from the server. Runs as superuser in every database made from template0, and may run again.

CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;          -- uuid_generate_v4(): the ids
CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA public;             -- pgp_sym_encrypt(): tokens are kept encrypted
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;              -- gin_trgm_ops: search in messages
CREATE EXTENSION IF NOT EXISTS pg_stat_statements WITH SCHEMA public;   -- which statements cost what; needs preloading

-- IF NOT EXISTS is content with an extension in another schema, where nothing would find it: look.
DO $verify$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(
               CASE
                   WHEN extension.extname IS NULL THEN quote_ident(wanted.name) || ' is not installed'
                   ELSE format('%I is in schema %I', extension.extname, home.nspname)
               END,
               ', ' ORDER BY wanted.name)
      INTO missing
      FROM unnest(ARRAY['uuid-ossp', 'pgcrypto', 'pg_trgm', 'pg_stat_statements']) AS wanted (name)
      LEFT JOIN pg_catalog.pg_extension AS extension ON extension.extname = wanted.name
      LEFT JOIN pg_catalog.pg_namespace AS home ON home.oid = extension.extnamespace
     WHERE home.nspname IS DISTINCT FROM 'public';

    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'extensions are missing from schema public: %', missing
            USING ERRCODE = 'undefined_object',
                  HINT = 'install them, or ALTER EXTENSION ... SET SCHEMA public';
    END IF;
END
$verify$;
