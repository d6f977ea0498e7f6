DELETE FROM span WHERE id = ?;
