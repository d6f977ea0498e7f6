UPDATE retention SET last_trace_number = min(last_trace_number, (SELECT coalesce(max(trace_number), 0) FROM trace));
