DELETE FROM block WHERE block_id = ?;
