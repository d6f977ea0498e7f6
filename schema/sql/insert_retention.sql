INSERT OR REPLACE INTO retention (retention_id, horizon_nanos, last_trace_number) VALUES (1, ?, ?);
