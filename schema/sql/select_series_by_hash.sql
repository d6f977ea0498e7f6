SELECT series_id, attributes, attribute_tags FROM series WHERE hash = ? AND metric_id = ? AND source_id = ?;
