SELECT trace_number FROM unsealed WHERE trace_number = ?;
