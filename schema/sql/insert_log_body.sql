INSERT INTO log_body (hash, body, body_tags) VALUES (?, ?, ?);
