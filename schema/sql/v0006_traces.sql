-- One row a trace, which is a run, for people and for any SQLite tool from 3.38 on. The view llm_calls has its tokens.
--
-- trace_id: lowercase hexadecimal.
-- root_name, service: of its root: the first span without a parent, else the first whose parent is not in the file, else
-- the first; service is the resource's service.name.
-- start_time: of its first span, ISO 8601 in UTC with nanoseconds. start_unix_nano: the same in nanoseconds since 1970.
-- duration_ms: from the first start to the last end, null when no span is finished.
-- spans: how many. errors: how many of them are errors. status: failed when the root is an error, else ok.
-- workflow_name, session_id, user_id: the root's, else those of the first span that has one.
CREATE VIEW traces AS
SELECT
    lower(hex(trace.trace_id)) AS trace_id,
    CASE WHEN layout.name_place IS NULL THEN operation.name ELSE root.inline_values ->> layout.name_place END AS root_name,
    resource.service AS service,
    strftime('%Y-%m-%dT%H:%M:%S', sums.start_nanos / 1000000000, 'unixepoch')
        || printf('.%09dZ', sums.start_nanos % 1000000000) AS start_time,
    sums.start_nanos AS start_unix_nano,
    max(sums.end_nanos - sums.start_nanos, 0) / 1e6 AS duration_ms,
    sums.spans AS spans,
    sums.errors AS errors,
    CASE WHEN (operation.status_code = 2 OR operation.status_code = 0 AND operation.execution_status <> 'success') THEN 'failed' ELSE 'ok' END AS status,
    coalesce(
        operation.workflow_name,
        (
            SELECT other.workflow_name
            FROM span AS member
            JOIN operation AS other ON other.operation_id = member.operation_id
            WHERE member.id BETWEEN trace.trace_number << 24 AND (trace.trace_number << 24) + 16777215 AND other.workflow_name IS NOT NULL
            ORDER BY member.start_nanos, member.id
            LIMIT 1
        )) AS workflow_name,
    coalesce(
        context.session_id,
        (
            SELECT other.session_id
            FROM span AS member
            JOIN context AS other ON other.context_id = member.context_id
            WHERE member.id BETWEEN trace.trace_number << 24 AND (trace.trace_number << 24) + 16777215 AND other.session_id IS NOT NULL
            ORDER BY member.start_nanos, member.id
            LIMIT 1
        )) AS session_id,
    coalesce(
        context.user_id,
        (
            SELECT other.user_id
            FROM span AS member
            JOIN context AS other ON other.context_id = member.context_id
            WHERE member.id BETWEEN trace.trace_number << 24 AND (trace.trace_number << 24) + 16777215 AND other.user_id IS NOT NULL
            ORDER BY member.start_nanos, member.id
            LIMIT 1
        )) AS user_id
FROM (
    SELECT
        span.id >> 24 AS trace_number,
        min(span.start_nanos) AS start_nanos,
        max(span.start_nanos + span.duration_nanos) AS end_nanos,
        count(*) AS spans,
        count(*) FILTER (WHERE (operation.status_code = 2 OR operation.status_code = 0 AND operation.execution_status <> 'success')) AS errors
    FROM span
    JOIN operation ON operation.operation_id = span.operation_id
    GROUP BY span.id >> 24
) AS sums
CROSS JOIN trace ON trace.trace_number = sums.trace_number
JOIN span AS root ON root.id = coalesce(
    (
        SELECT member.id
        FROM span AS member
        WHERE member.id BETWEEN trace.trace_number << 24 AND (trace.trace_number << 24) + 16777215 AND coalesce(member.parent_span_id, 0) = 0
        ORDER BY member.start_nanos, member.id
        LIMIT 1
    ),
    (
        SELECT member.id
        FROM span AS member
        WHERE member.id BETWEEN trace.trace_number << 24 AND (trace.trace_number << 24) + 16777215 AND NOT EXISTS (
            SELECT 1
            FROM span AS parent
            WHERE parent.id BETWEEN trace.trace_number << 24 AND (trace.trace_number << 24) + 16777215 AND parent.span_id = member.parent_span_id)
        ORDER BY member.start_nanos, member.id
        LIMIT 1
    ),
    (
        SELECT member.id
        FROM span AS member
        WHERE member.id BETWEEN trace.trace_number << 24 AND (trace.trace_number << 24) + 16777215
        ORDER BY member.start_nanos, member.id
        LIMIT 1
    ))
JOIN operation ON operation.operation_id = root.operation_id
JOIN context ON context.context_id = root.context_id
JOIN layout ON layout.layout_id = root.layout_id
JOIN source ON source.source_id = root.source_id
JOIN resource ON resource.resource_id = source.resource_id;
