-- One row an attribute of a span, for people and for any SQLite tool from 3.38 on.
--
-- trace_id, span_id: of the span, lowercase hexadecimal. position: from 0, in the order sent. key: as sent.
-- type: string, int, double, bool, bytes, array, map, or empty for a value with nothing in it.
-- value: its exact text: digits as sent, true or false, base64 for bytes, JSON for arrays and maps; null when empty.
CREATE VIEW span_attributes AS
SELECT
    lower(hex(trace.trace_id)) AS trace_id,
    printf('%016x', span.span_id) AS span_id,
    slot.position AS position,
    slot.key AS key,
    CASE slot.kind
        WHEN 'nonfinite' THEN 'double'
        WHEN 'bytes' THEN 'bytes'
        WHEN 'value' THEN CASE json_type(span.inline_values, '$[' || slot.place || ']')
            WHEN 'text' THEN 'string' WHEN 'integer' THEN 'int' WHEN 'real' THEN 'double' WHEN 'array' THEN 'array'
            WHEN 'object' THEN 'map' WHEN 'null' THEN 'empty' ELSE 'bool'
        END
        WHEN 'tagged' THEN CASE json_type(span.inline_values, '$[' || slot.place || '][0]')
            WHEN 'object' THEN 'map' ELSE 'array'
        END
        ELSE 'string'
    END AS type,
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
        WHEN 'value' THEN CASE json_type(span.inline_values, '$[' || slot.place || ']')
            WHEN 'text' THEN span.inline_values ->> slot.place
            WHEN 'null' THEN NULL
            ELSE span.inline_values -> slot.place
        END
        ELSE span.inline_values ->> slot.place
    END AS value
FROM span
JOIN trace ON trace.trace_number = span.id >> 24
JOIN operation ON operation.operation_id = span.operation_id
JOIN context ON context.context_id = span.context_id
CROSS JOIN layout_slot AS slot ON slot.layout_id = span.layout_id;
