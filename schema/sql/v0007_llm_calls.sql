-- One row a model call whose tokens count, for people and for any SQLite tool from 3.38 on: spans whose kind says inference
-- or embedding and below which no such span repeats their usage; in a trace where nothing tells a kind, the deepest spans
-- with usage. So sums over this view count each call once.
--
-- trace_id, span_id: lowercase hexadecimal.
-- start_time: ISO 8601 in UTC with nanoseconds. duration_ms: null while unfinished.
-- service: the resource's service.name. name: of the span. status: unset, ok or error.
-- provider, model: as sent under any of their names, null when not sent; '(other)' where there are too many.
-- prompt_tokens, completion_tokens, cached_tokens: as sent under any of their names, null when not sent.
-- cost_usd: as reported, null when not reported.
CREATE VIEW llm_calls AS
SELECT
    lower(hex(trace.trace_id)) AS trace_id,
    printf('%016x', span.span_id) AS span_id,
    strftime('%Y-%m-%dT%H:%M:%S', span.start_nanos / 1000000000, 'unixepoch')
        || printf('.%09dZ', span.start_nanos % 1000000000) AS start_time,
    span.duration_nanos / 1e6 AS duration_ms,
    resource.service AS service,
    CASE WHEN layout.name_place IS NULL THEN operation.name ELSE span.inline_values ->> layout.name_place END AS name,
    CASE operation.status_code
        WHEN 0 THEN 'unset' WHEN 1 THEN 'ok' WHEN 2 THEN 'error' ELSE CAST(operation.status_code AS TEXT)
    END AS status,
    operation.llm_provider AS provider,
    operation.llm_model_name AS model,
    (
        SELECT CAST(number AS INTEGER)
        FROM (
            SELECT
                slot.position AS position,
                instr(' llm.prompt_tokens gen_ai.usage.input_tokens gen_ai.usage.prompt_tokens llm.token_count.prompt ', ' ' || slot.key || ' ') AS rank,
                CASE slot.kind
                    WHEN 'constant' THEN slot.constant WHEN 'value' THEN span.inline_values ->> slot.place
                END AS number,
                CASE slot.kind
                    WHEN 'constant' THEN 'text'
                    WHEN 'value' THEN json_type(span.inline_values, '$[' || slot.place || ']')
                END AS type
            FROM layout_slot AS slot
            WHERE slot.layout_id = span.layout_id
        )
        WHERE rank > 0 AND (type IN ('integer', 'real') AND number = CAST(number AS INTEGER)
        OR type = 'text' AND number = CAST(CAST(number AS INTEGER) AS TEXT))
        ORDER BY rank, position
        LIMIT 1
    ) AS prompt_tokens,
    (
        SELECT CAST(number AS INTEGER)
        FROM (
            SELECT
                slot.position AS position,
                instr(' llm.completion_tokens gen_ai.usage.output_tokens gen_ai.usage.completion_tokens llm.token_count.completion ', ' ' || slot.key || ' ') AS rank,
                CASE slot.kind
                    WHEN 'constant' THEN slot.constant WHEN 'value' THEN span.inline_values ->> slot.place
                END AS number,
                CASE slot.kind
                    WHEN 'constant' THEN 'text'
                    WHEN 'value' THEN json_type(span.inline_values, '$[' || slot.place || ']')
                END AS type
            FROM layout_slot AS slot
            WHERE slot.layout_id = span.layout_id
        )
        WHERE rank > 0 AND (type IN ('integer', 'real') AND number = CAST(number AS INTEGER)
        OR type = 'text' AND number = CAST(CAST(number AS INTEGER) AS TEXT))
        ORDER BY rank, position
        LIMIT 1
    ) AS completion_tokens,
    (
        SELECT CAST(number AS INTEGER)
        FROM (
            SELECT
                slot.position AS position,
                instr(' gen_ai.usage.cache_read.input_tokens llm.token_count.prompt_details.cache_read gen_ai.usage.cache_read_input_tokens gen_ai.usage.details.cached_tokens ', ' ' || slot.key || ' ') AS rank,
                CASE slot.kind
                    WHEN 'constant' THEN slot.constant WHEN 'value' THEN span.inline_values ->> slot.place
                END AS number,
                CASE slot.kind
                    WHEN 'constant' THEN 'text'
                    WHEN 'value' THEN json_type(span.inline_values, '$[' || slot.place || ']')
                END AS type
            FROM layout_slot AS slot
            WHERE slot.layout_id = span.layout_id
        )
        WHERE rank > 0 AND (type IN ('integer', 'real') AND number = CAST(number AS INTEGER)
        OR type = 'text' AND number = CAST(CAST(number AS INTEGER) AS TEXT))
        ORDER BY rank, position
        LIMIT 1
    ) AS cached_tokens,
    (
        SELECT CAST(number AS REAL)
        FROM (
            SELECT
                slot.position AS position,
                instr(' llm.cost_usd llm.cost.total gen_ai.cost.total_cost gen_ai.usage.cost ', ' ' || slot.key || ' ') AS rank,
                CASE slot.kind
                    WHEN 'constant' THEN slot.constant WHEN 'value' THEN span.inline_values ->> slot.place
                END AS number,
                CASE slot.kind
                    WHEN 'constant' THEN 'text'
                    WHEN 'value' THEN json_type(span.inline_values, '$[' || slot.place || ']')
                END AS type
            FROM layout_slot AS slot
            WHERE slot.layout_id = span.layout_id
        )
        WHERE rank > 0 AND ((type IN ('integer', 'real')
        OR type = 'text' AND json_valid(number) AND json_type(number) IN ('integer', 'real'))
        AND abs(CAST(number AS REAL)) <= 1e15)
        ORDER BY rank, position
        LIMIT 1
    ) AS cost_usd
FROM span
JOIN trace ON trace.trace_number = span.id >> 24
JOIN operation ON operation.operation_id = span.operation_id
JOIN layout ON layout.layout_id = span.layout_id
JOIN source ON source.source_id = span.source_id
JOIN resource ON resource.resource_id = source.resource_id
WHERE
    (
        operation.usage_role = 'inference'
        OR operation.usage_role IS NULL
        AND EXISTS (
            SELECT 1
            FROM (
                SELECT
                    CASE slot.kind
                        WHEN 'constant' THEN slot.constant WHEN 'value' THEN span.inline_values ->> slot.place
                    END AS number,
                    CASE slot.kind
                        WHEN 'constant' THEN 'text'
                        WHEN 'value' THEN json_type(span.inline_values, '$[' || slot.place || ']')
                    END AS type
                FROM layout_slot AS slot
                WHERE slot.layout_id = span.layout_id AND instr(' llm.prompt_tokens gen_ai.usage.input_tokens gen_ai.usage.prompt_tokens llm.token_count.prompt llm.completion_tokens gen_ai.usage.output_tokens gen_ai.usage.completion_tokens llm.token_count.completion ', ' ' || slot.key || ' ') > 0
            )
            WHERE type IN ('integer', 'real') AND number = CAST(number AS INTEGER)
        OR type = 'text' AND number = CAST(CAST(number AS INTEGER) AS TEXT)
        )
        AND NOT EXISTS (
            SELECT 1
            FROM span AS member
            JOIN operation AS kind ON kind.operation_id = member.operation_id
            WHERE member.id BETWEEN span.id >> 24 << 24 AND (span.id >> 24 << 24) + 16777215 AND kind.usage_role IS NOT NULL)
    )
    AND NOT EXISTS (
        WITH RECURSIVE below(id, span_id) AS (
            SELECT child.id, child.span_id
            FROM span AS child
            WHERE child.id BETWEEN span.id >> 24 << 24 AND (span.id >> 24 << 24) + 16777215 AND child.parent_span_id = span.span_id AND child.parent_span_id <> 0
            UNION
            SELECT child.id, child.span_id
            FROM below
            CROSS JOIN span AS child
                ON child.id BETWEEN span.id >> 24 << 24 AND (span.id >> 24 << 24) + 16777215 AND child.parent_span_id = below.span_id
            WHERE child.parent_span_id <> 0
        )
        SELECT 1
        FROM below
        JOIN span AS repeating ON repeating.id = below.id AND repeating.id <> span.id
        JOIN operation AS role ON role.operation_id = repeating.operation_id
        WHERE role.usage_role IS operation.usage_role
        AND EXISTS (
            SELECT 1
            FROM (
                SELECT
                    CASE slot.kind
                        WHEN 'constant' THEN slot.constant WHEN 'value' THEN repeating.inline_values ->> slot.place
                    END AS number,
                    CASE slot.kind
                        WHEN 'constant' THEN 'text'
                        WHEN 'value' THEN json_type(repeating.inline_values, '$[' || slot.place || ']')
                    END AS type
                FROM layout_slot AS slot
                WHERE slot.layout_id = repeating.layout_id AND instr(' llm.prompt_tokens gen_ai.usage.input_tokens gen_ai.usage.prompt_tokens llm.token_count.prompt llm.completion_tokens gen_ai.usage.output_tokens gen_ai.usage.completion_tokens llm.token_count.completion ', ' ' || slot.key || ' ') > 0
            )
            WHERE type IN ('integer', 'real') AND number = CAST(number AS INTEGER)
        OR type = 'text' AND number = CAST(CAST(number AS INTEGER) AS TEXT)
        ));
