SELECT trace_id FROM trace WHERE trace_number = ?;
