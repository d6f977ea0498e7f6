SELECT
    id, span_id, parent_span_id, start_nanos, duration_nanos, operation_id, context_id, layout_id, source_id,
    inline_values, extras
FROM span
WHERE id = ?;
