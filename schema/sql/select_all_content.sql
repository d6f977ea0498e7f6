SELECT content_id, data FROM content ORDER BY content_id;
