INSERT INTO resource (attributes, attribute_tags, dropped_attributes_count, schema_url, service)
VALUES (?, ?, ?, ?, ?);
