SELECT log_body_id FROM log_body WHERE hash = ? AND body = ? AND body_tags = ?;
