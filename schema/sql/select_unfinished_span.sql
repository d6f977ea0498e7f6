SELECT id FROM span WHERE trace_id = ? AND span_id = ? AND end_nanos = 0;
