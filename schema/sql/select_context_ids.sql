SELECT context_id FROM context ORDER BY context_id;
