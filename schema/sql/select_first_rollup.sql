SELECT rollup_id FROM rollup WHERE rollup_id BETWEEN ? AND ? ORDER BY rollup_id LIMIT 1;
