INSERT INTO context (workflow_id, session_id, agent_id, correlation_id, user_id) VALUES (?, ?, ?, ?, ?);
