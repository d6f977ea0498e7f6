-- At most two trace ids from ?1, included, to ?2, included.
SELECT trace_id FROM trace WHERE trace_id >= ?1 AND trace_id <= ?2 ORDER BY trace_id LIMIT 2;
