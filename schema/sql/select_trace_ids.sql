-- At most two distinct trace ids from ?1, included, to ?2, included.
SELECT DISTINCT trace_id FROM span WHERE trace_id >= ?1 AND trace_id <= ?2 ORDER BY trace_id LIMIT 2;
