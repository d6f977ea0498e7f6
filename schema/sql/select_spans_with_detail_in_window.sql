-- start_nanos from ?1 to ?2, both included.
SELECT
    span.id, trace_id, span_id, parent_span_id, start_nanos, end_nanos, operation_id, context_id, resource_id, scope_id,
    llm_prompt_tokens, llm_completion_tokens, llm_cached_tokens, llm_cache_write_tokens, llm_reasoning_tokens,
    llm_cost_usd, cache_hit, cache_savings_usd, step_index, primitive_step_index, branch_index,
    span_detail.attributes, span_detail.attribute_tags, trace_state, flags, status_message, dropped_attributes_count, events,
    dropped_events_count, links, dropped_links_count
FROM span
JOIN span_detail ON span_detail.id = span.id
WHERE start_nanos >= ?1 AND start_nanos <= ?2
ORDER BY start_nanos, span.id;
