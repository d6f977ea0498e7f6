-- What the file has: tables, indexes and triggers, with the SQL that made them (null for what SQLite made itself).
SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type <> 'view';
