DELETE FROM trace WHERE trace_number = ?;
