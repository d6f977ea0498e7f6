-- context_id from ?1 to ?2, both included.
SELECT context_id, workflow_id, session_id, agent_id, correlation_id, user_id
FROM context
WHERE context_id >= ?1 AND context_id <= ?2
ORDER BY context_id;
