INSERT INTO series (hash, metric_id, source_id, attributes, attribute_tags) VALUES (?, ?, ?, ?, ?);
