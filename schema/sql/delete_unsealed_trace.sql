DELETE FROM unsealed WHERE trace_number = ?;
