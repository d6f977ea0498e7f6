-- What spans of one trace say: id from ?1 to ?2, both included.
SELECT id, layout_id, inline_values, extras
FROM span
WHERE id >= ?1 AND id <= ?2
ORDER BY id;
