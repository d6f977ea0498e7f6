SELECT resource_id, service, attributes, attribute_tags, dropped_attributes_count, schema_url FROM resource;
