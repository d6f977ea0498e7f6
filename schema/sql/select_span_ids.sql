-- The spans of one trace: id from ?1 to ?2, both included.
SELECT span_id, duration_nanos FROM span WHERE id >= ?1 AND id <= ?2 ORDER BY id;
