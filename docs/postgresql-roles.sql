-- Two roles on PostgreSQL: the owner migrates and seals the audit log; the program's own role can
-- add to the log and read it, nothing more. Without this the triggers alone protect the log, and
-- an owner can drop triggers.
--
-- As the owner of the database, once and after every `manage.py migrate` and `restore`:
--     CREATE ROLE study_app LOGIN PASSWORD '…';   -- the first time
--     psql -f docs/postgresql-roles.sql …
-- The server runs with DATABASE_URL=postgres://study_app:…; `migrate`, `seal_audit` and `restore`
-- run with the owner's.
GRANT USAGE ON SCHEMA public TO study_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO study_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO study_app;
REVOKE UPDATE, DELETE ON audit_entry FROM study_app;
REVOKE INSERT, UPDATE, DELETE ON audit_segment FROM study_app;
