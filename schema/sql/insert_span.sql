INSERT INTO span (
    trace_id, span_id, parent_span_id, start_nanos, end_nanos, operation_id, context_id, resource_id, scope_id,
    llm_prompt_tokens, llm_completion_tokens, llm_cached_tokens, llm_cache_write_tokens, llm_reasoning_tokens,
    llm_cost_usd, cache_hit, cache_savings_usd, step_index, primitive_step_index, branch_index
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (trace_id, span_id) DO NOTHING;
