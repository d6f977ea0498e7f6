SELECT coalesce(max(trace_number), 0) FROM trace;
