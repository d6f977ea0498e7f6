SELECT DISTINCT key FROM layout_slot ORDER BY key;
