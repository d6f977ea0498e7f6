INSERT INTO block_column (block_column_id, data) VALUES (?, ?);
