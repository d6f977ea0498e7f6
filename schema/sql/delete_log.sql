DELETE FROM log WHERE log_id = ?;
