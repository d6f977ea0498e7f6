-- What attributes are made of, without the rest: id from ?1 to ?2, both included.
SELECT id, operation_id, context_id, layout_id, source_id, inline_values
FROM span
WHERE id >= ?1 AND id <= ?2
ORDER BY id;
