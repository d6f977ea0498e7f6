-- One row a group of spans and hour, for people and for any SQLite tool from 3.38 on. Runs that db retain has removed
-- still count here; spans that no block has yet do not.
--
-- hour: its beginning, ISO 8601 in UTC. family: what the spans are grouped by: service, primitive, agent, workflow,
-- model, tool, cache, error, service connection or primitive connection. dimensions: a JSON object of the values that
-- they have in common, null where they have none.
-- spans, errors: how many. mean_ms, min_ms, max_ms: how long the finished ones took.
-- calls, prompt_tokens, completion_tokens, cost_usd: of the model calls; cost is null when no call reported it.
-- cache_lookups, cache_hits, cache_savings_usd: of the spans that say whether a cache was hit.
CREATE VIEW rollups AS
SELECT
    strftime('%Y-%m-%dT%H:%M:%SZ', (rollup.rollup_id >> 24 & 0xFFFFFF) * 3600, 'unixepoch') AS hour,
    rollup_group.family AS family,
    rollup_group.dimensions AS dimensions,
    rollup.spans AS spans,
    rollup.errors AS errors,
    CASE WHEN rollup.timed_spans > 0 THEN (rollup.nanos_high * 4294967296.0 + rollup.nanos_low) / rollup.timed_spans / 1e6 END AS mean_ms,
    rollup.min_nanos / 1e6 AS min_ms,
    rollup.max_nanos / 1e6 AS max_ms,
    rollup.calls AS calls,
    rollup.prompt_tokens AS prompt_tokens,
    rollup.completion_tokens AS completion_tokens,
    CASE WHEN rollup.calls_with_cost > 0 THEN rollup.cost_usd END AS cost_usd,
    rollup.cache_lookups AS cache_lookups,
    rollup.cache_hits AS cache_hits,
    rollup.cache_savings_usd AS cache_savings_usd
FROM rollup
JOIN rollup_group ON rollup_group.rollup_group_id = rollup.rollup_id & ~(0xFFFFFF << 24);
