SELECT count(*) FROM log;
