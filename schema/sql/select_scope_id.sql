SELECT scope_id FROM scope
WHERE name = ? AND version = ? AND attributes = ? AND attribute_tags = ? AND dropped_attributes_count = ?
    AND schema_url = ?;
