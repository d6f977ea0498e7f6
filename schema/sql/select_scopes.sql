SELECT scope_id, name, version, attributes, attribute_tags, dropped_attributes_count, schema_url FROM scope;
