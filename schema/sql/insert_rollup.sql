INSERT OR REPLACE INTO rollup (
    rollup_id, spans, errors, timed_spans, timed_errors, nanos_high, nanos_low, min_nanos, max_nanos, first_error_nanos,
    last_error_nanos, calls, calls_with_cost, calls_with_usage_only, prompt_tokens, completion_tokens,
    cached_tokens, cache_write_tokens, reasoning_tokens, cost_usd, cache_lookups, cache_hits,
    cache_savings_usd, sketch
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
