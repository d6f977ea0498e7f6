-- content_id from ?1 to ?2, both included.
SELECT data FROM content WHERE content_id >= ?1 AND content_id <= ?2 ORDER BY content_id;
