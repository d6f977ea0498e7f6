-- At most two spans whose id lies from ?1, included, to ?2, included.
SELECT trace_id, span_id FROM span WHERE span_id >= ?1 AND span_id <= ?2 ORDER BY trace_id, span_id LIMIT 2;
