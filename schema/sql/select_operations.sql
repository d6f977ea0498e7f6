SELECT
    operation_id, service, name, kind, status_code, primitive_name, primitive_type, execution_status, workflow_name,
    agent_type, agent_name, llm_provider, llm_model_name, tool_name, gen_ai_operation_name, openinference_span_kind,
    cache_type, error_type, step_name, branch_name, usage_role
FROM operation
ORDER BY operation_id;
