DELETE FROM content WHERE content_id = ?;
