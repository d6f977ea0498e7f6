UPDATE block SET removed = ? WHERE block_id = ?;
