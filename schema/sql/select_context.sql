SELECT context_id, workflow_id, session_id, agent_id, correlation_id, user_id FROM context WHERE context_id = ?;
