DELETE FROM span_detail WHERE id = ?;
