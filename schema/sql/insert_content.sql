INSERT INTO content (hash, data) VALUES (?, ?);
