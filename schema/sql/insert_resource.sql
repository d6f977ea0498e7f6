INSERT INTO resource (service, attributes, attribute_tags, dropped_attributes_count, schema_url)
VALUES (?, ?, ?, ?, ?);
