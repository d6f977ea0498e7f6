SELECT block_id, spans, traces, min_start_nanos, max_start_nanos, removed FROM block WHERE block_id = ?;
