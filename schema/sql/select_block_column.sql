SELECT data FROM block_column WHERE block_column_id = ?;
