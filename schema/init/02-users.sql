-- Who may do what. Runs as superuser in every database made from template0, and may run again: roles belong to the
-- whole server, so those that are there already are left as they are. Passwords are given where it is deployed.

-- app_owner     runs the migrations and owns what they make
-- app           the application: reads and writes, deletes only where a table says so
-- app_readonly  reports and people: reads what is no secret
DO $roles$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['app_owner', 'app', 'app_readonly'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format(
                    'CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', wanted);
            EXCEPTION
                -- Another database's init made it between the look and the CREATE.
                WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;
END
$roles$;

-- Nothing for PUBLIC: who may connect is named. CREATE lets the owner make schemas, the ledger's among them.
DO $database$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, CREATE ON DATABASE %I TO app_owner', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO app, app_readonly', current_database());
END
$database$;

-- What is in schema public, the extensions' functions included, is reached only through USAGE on it.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO app_owner;
GRANT USAGE ON SCHEMA public TO app, app_readonly;

-- What the owner makes from now on. Migrations grant only what differs from this.
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT SELECT ON TABLES TO app_readonly;
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO app;
-- PUBLIC gets these from PostgreSQL itself, in every schema: only the form without IN SCHEMA takes them away.
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner REVOKE USAGE ON TYPES FROM PUBLIC;
