DELETE FROM log_body WHERE log_body_id NOT IN (SELECT log_body_id FROM log WHERE log_body_id IS NOT NULL);
