-- How many objects the file has, and how many of them are views.
SELECT count(*), count(*) FILTER (WHERE type = 'view') FROM sqlite_master;
