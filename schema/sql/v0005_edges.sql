-- One row a pair of a span and its parent, for people and for any SQLite tool from 3.38 on. Spans without a parent, and
-- those whose parent is not in the file, have none. Each is looked up among the spans of its trace.
--
-- trace_id: of both, lowercase hexadecimal.
-- source_span_id, source_service, source_name: the parent; its service is the resource's service.name.
-- target_span_id, target_service, target_name: the span.
-- connection_type: calls.
-- start_time: of the span, ISO 8601 in UTC with nanoseconds. duration_ms: of the span, null while unfinished.
-- status: of the span: unset, ok or error.
CREATE VIEW edges AS
SELECT
    lower(hex(trace.trace_id)) AS trace_id,
    printf('%016x', parent.span_id) AS source_span_id,
    printf('%016x', span.span_id) AS target_span_id,
    parent_resource.service AS source_service,
    CASE WHEN parent_layout.name_place IS NULL THEN parent_operation.name ELSE parent.inline_values ->> parent_layout.name_place END AS source_name,
    resource.service AS target_service,
    CASE WHEN layout.name_place IS NULL THEN operation.name ELSE span.inline_values ->> layout.name_place END AS target_name,
    'calls' AS connection_type,
    strftime('%Y-%m-%dT%H:%M:%S', span.start_nanos / 1000000000, 'unixepoch')
        || printf('.%09dZ', span.start_nanos % 1000000000) AS start_time,
    span.duration_nanos / 1e6 AS duration_ms,
    CASE operation.status_code
        WHEN 0 THEN 'unset' WHEN 1 THEN 'ok' WHEN 2 THEN 'error' ELSE CAST(operation.status_code AS TEXT)
    END AS status
FROM span
JOIN trace ON trace.trace_number = span.id >> 24
CROSS JOIN span AS parent
    ON parent.id BETWEEN span.id >> 24 << 24 AND (span.id >> 24 << 24) + 16777215
    AND parent.span_id = span.parent_span_id
JOIN operation ON operation.operation_id = span.operation_id
JOIN layout ON layout.layout_id = span.layout_id
JOIN source ON source.source_id = span.source_id
JOIN resource ON resource.resource_id = source.resource_id
JOIN operation AS parent_operation ON parent_operation.operation_id = parent.operation_id
JOIN layout AS parent_layout ON parent_layout.layout_id = parent.layout_id
JOIN source AS parent_source ON parent_source.source_id = parent.source_id
JOIN resource AS parent_resource ON parent_resource.resource_id = parent_source.resource_id
WHERE span.parent_span_id <> 0;
