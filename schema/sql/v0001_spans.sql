-- One row a span, for people and for any SQLite tool from 3.38 on.
--
-- trace_id, span_id, parent_span_id: lowercase hexadecimal; parent_span_id is null for a root.
-- service: the resource's service.name. name: as sent. kind: internal, server, client, producer, consumer or unspecified.
-- status: unset, ok or error. status_message: as sent, empty when there is none.
-- start_time, end_time: ISO 8601 in UTC with nanoseconds; end_time is null while unfinished.
-- start_unix_nano: nanoseconds since 1970. duration_ms: null while unfinished.
-- attributes, resource: JSON objects, keys in the order sent; bytes are base64 and non-finite doubles strings.
-- scope_name, scope_version: the instrumentation library.
CREATE VIEW spans AS
SELECT
    lower(hex(trace.trace_id)) AS trace_id,
    printf('%016x', span.span_id) AS span_id,
    CASE WHEN span.parent_span_id <> 0 THEN printf('%016x', span.parent_span_id) END AS parent_span_id,
    resource.service AS service,
    CASE WHEN layout.name_place IS NULL THEN operation.name ELSE span.inline_values ->> layout.name_place END AS name,
    CASE operation.kind
        WHEN 0 THEN 'unspecified' WHEN 1 THEN 'internal' WHEN 2 THEN 'server' WHEN 3 THEN 'client'
        WHEN 4 THEN 'producer' WHEN 5 THEN 'consumer' ELSE CAST(operation.kind AS TEXT)
    END AS kind,
    CASE operation.status_code
        WHEN 0 THEN 'unset' WHEN 1 THEN 'ok' WHEN 2 THEN 'error' ELSE CAST(operation.status_code AS TEXT)
    END AS status,
    coalesce(span.extras ->> 'status_message', '') AS status_message,
    strftime('%Y-%m-%dT%H:%M:%S', span.start_nanos / 1000000000, 'unixepoch')
        || printf('.%09dZ', span.start_nanos % 1000000000) AS start_time,
    strftime('%Y-%m-%dT%H:%M:%S', (span.start_nanos + span.duration_nanos) / 1000000000, 'unixepoch')
        || printf('.%09dZ', (span.start_nanos + span.duration_nanos) % 1000000000) AS end_time,
    span.start_nanos AS start_unix_nano,
    span.duration_nanos / 1e6 AS duration_ms,
    (
        SELECT json_group_object(
            slot.key,
            CASE slot.kind
                WHEN 'operation' THEN CASE slot.place
                    WHEN 0 THEN operation.primitive_name WHEN 1 THEN operation.primitive_type
                    WHEN 2 THEN operation.execution_status WHEN 3 THEN operation.workflow_name
                    WHEN 4 THEN operation.agent_type WHEN 5 THEN operation.agent_name
                    WHEN 6 THEN operation.llm_provider WHEN 7 THEN operation.llm_model_name
                    WHEN 8 THEN operation.tool_name WHEN 9 THEN operation.gen_ai_operation_name
                    WHEN 10 THEN operation.openinference_span_kind WHEN 11 THEN operation.cache_type
                    WHEN 12 THEN operation.error_type WHEN 13 THEN operation.step_name
                    WHEN 14 THEN operation.branch_name
                END
                WHEN 'context' THEN CASE slot.place
                    WHEN 0 THEN context.workflow_id WHEN 1 THEN context.session_id WHEN 2 THEN context.agent_id
                    WHEN 3 THEN context.correlation_id WHEN 4 THEN context.user_id
                END
                WHEN 'constant' THEN slot.constant
                WHEN 'content' THEN (
                    SELECT (list ->> 0) || group_concat(content.data, list ->> 1) || (list ->> 2)
                    FROM (SELECT span.inline_values -> slot.place AS list)
                    CROSS JOIN json_each(list -> 3) AS run
                    CROSS JOIN content ON content.content_id >= run.value ->> 0
                        AND content.content_id < (run.value ->> 0) + (run.value ->> 1)
                )
                WHEN 'tagged' THEN span.inline_values -> slot.place -> 0
                ELSE span.inline_values -> slot.place
            END)
        FROM layout_slot AS slot
        WHERE slot.layout_id = span.layout_id
    ) AS attributes,
    resource.attributes AS resource,
    scope.name AS scope_name,
    scope.version AS scope_version
FROM span
JOIN trace ON trace.trace_number = span.id >> 24
JOIN operation ON operation.operation_id = span.operation_id
JOIN context ON context.context_id = span.context_id
JOIN layout ON layout.layout_id = span.layout_id
JOIN source ON source.source_id = span.source_id
JOIN resource ON resource.resource_id = source.resource_id
JOIN scope ON scope.scope_id = source.scope_id;
