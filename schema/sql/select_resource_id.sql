SELECT resource_id FROM resource
WHERE attributes = ? AND attribute_tags = ? AND dropped_attributes_count = ? AND schema_url = ?;
