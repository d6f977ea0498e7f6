INSERT INTO block (spans, traces, min_start_nanos, max_start_nanos, min_trace, max_trace) VALUES (?, ?, ?, ?, ?, ?);
