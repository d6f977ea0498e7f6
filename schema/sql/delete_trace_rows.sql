-- The spans of one trace: id from ?1 to ?2, both included.
DELETE FROM span WHERE id >= ?1 AND id <= ?2;
