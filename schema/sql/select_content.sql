SELECT data FROM content WHERE content_id = ?;
