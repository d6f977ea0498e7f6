-- Who is whose child: id from ?1 to ?2, both included.
SELECT id, span_id, parent_span_id, source_id FROM span WHERE id >= ?1 AND id <= ?2 ORDER BY id;
