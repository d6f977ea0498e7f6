SELECT block_id, traces, removed FROM block WHERE min_trace <= ?1 AND max_trace >= ?1 ORDER BY block_id;
