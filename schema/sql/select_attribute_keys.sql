SELECT target, key FROM attribute_key ORDER BY target, key;
