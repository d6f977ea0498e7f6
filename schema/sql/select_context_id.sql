SELECT context_id FROM context WHERE identity = ?;
