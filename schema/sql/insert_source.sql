INSERT INTO source (resource_id, scope_id) VALUES (?, ?);
