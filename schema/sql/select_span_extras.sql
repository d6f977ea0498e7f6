-- What few spans have: id from ?1 to ?2, both included.
SELECT id, extras FROM span WHERE id >= ?1 AND id <= ?2 AND extras IS NOT NULL ORDER BY id;
