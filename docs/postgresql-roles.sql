-- Two roles on PostgreSQL: the owner migrates and seals the audit log; the program's own role can
-- add to the log and read it, nothing more. Without this the triggers alone protect the log, and
-- an owner can drop triggers.
--
-- Once, as an administrator of the server of the database:
--     CREATE ROLE study_app LOGIN CREATEDB PASSWORD '…';   -- CREATEDB: a backup is checked in a copy
-- The server and the nightly work run with DATABASE_URL=postgres://study_app:…; `prepare`, `restore`
-- and `seal_audit` with the owner's, and with STUDYAPP_DATABASE_ROLE=study_app: then they run the
-- statements below after every update and in every restored database. By hand: psql -f this file.
GRANT USAGE ON SCHEMA public TO study_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO study_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO study_app;
REVOKE UPDATE, DELETE ON audit_entry FROM study_app;
REVOKE INSERT, UPDATE, DELETE ON audit_segment FROM study_app;
