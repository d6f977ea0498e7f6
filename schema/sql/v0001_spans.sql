-- One row a span, for people and for any SQLite tool from 3.38 on.
--
-- trace_id, span_id, parent_span_id: lowercase hexadecimal; parent_span_id is null for a root.
-- service: the resource's service.name. kind: internal, server, client, producer, consumer or unspecified.
-- status: unset, ok or error. status_message: as sent, empty when there is none.
-- start_time, end_time: ISO 8601 in UTC with nanoseconds; end_time is null while unfinished.
-- start_unix_nano: nanoseconds since 1970. duration_ms: null while unfinished.
-- attributes, resource: JSON objects, keys in the order sent; bytes are base64 and non-finite doubles strings.
-- scope_name, scope_version: the instrumentation library.
CREATE VIEW spans AS
SELECT
    lower(hex(span.trace_id)) AS trace_id,
    lower(hex(span.span_id)) AS span_id,
    CASE WHEN span.parent_span_id <> x'0000000000000000' THEN lower(hex(span.parent_span_id)) END AS parent_span_id,
    operation.service AS service,
    operation.name AS name,
    CASE operation.kind
        WHEN 0 THEN 'unspecified' WHEN 1 THEN 'internal' WHEN 2 THEN 'server' WHEN 3 THEN 'client'
        WHEN 4 THEN 'producer' WHEN 5 THEN 'consumer' ELSE CAST(operation.kind AS TEXT)
    END AS kind,
    CASE operation.status_code
        WHEN 0 THEN 'unset' WHEN 1 THEN 'ok' WHEN 2 THEN 'error' ELSE CAST(operation.status_code AS TEXT)
    END AS status,
    span_detail.status_message AS status_message,
    strftime('%Y-%m-%dT%H:%M:%S', span.start_nanos / 1000000000, 'unixepoch')
        || printf('.%09dZ', span.start_nanos % 1000000000) AS start_time,
    CASE WHEN span.end_nanos <> 0 THEN
        strftime('%Y-%m-%dT%H:%M:%S', span.end_nanos / 1000000000, 'unixepoch')
        || printf('.%09dZ', span.end_nanos % 1000000000)
    END AS end_time,
    span.start_nanos AS start_unix_nano,
    CASE WHEN span.end_nanos <> 0 THEN (span.end_nanos - span.start_nanos) / 1e6 END AS duration_ms,
    span_detail.attributes AS attributes,
    resource.attributes AS resource,
    scope.name AS scope_name,
    scope.version AS scope_version
FROM span
JOIN span_detail USING (id)
JOIN operation USING (operation_id)
JOIN resource USING (resource_id)
JOIN scope USING (scope_id);
