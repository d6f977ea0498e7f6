INSERT INTO scope (name, version, attributes, attribute_tags, dropped_attributes_count, schema_url)
VALUES (?, ?, ?, ?, ?, ?);
