-- How many objects the file has, and how many of them are triggers.
SELECT count(*), count(*) FILTER (WHERE type = 'trigger') FROM sqlite_master;
