SELECT metric_id
FROM metric
WHERE name = ? AND description = ? AND unit = ? AND kind = ? AND temporality = ? AND is_monotonic = ?;
