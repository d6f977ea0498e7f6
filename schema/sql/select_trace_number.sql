SELECT trace_number FROM trace WHERE trace_id = ?;
