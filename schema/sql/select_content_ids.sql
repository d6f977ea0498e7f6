SELECT content_id FROM content ORDER BY content_id;
