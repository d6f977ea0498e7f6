DELETE FROM context WHERE context_id = ?;
