SELECT content_id, data FROM content WHERE hash = ? ORDER BY content_id;
