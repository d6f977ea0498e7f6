-- The spans of one trace: id from ?1 to ?2, both included.
SELECT
    id, span_id, parent_span_id, start_nanos, duration_nanos, operation_id, context_id, layout_id, source_id,
    inline_values, extras
FROM span
WHERE id >= ?1 AND id <= ?2
ORDER BY id;
