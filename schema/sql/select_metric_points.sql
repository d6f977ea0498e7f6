SELECT series_id, time_nanos, start_nanos, flags, int_value, double_value, detail
FROM metric_point
WHERE series_id = ? AND time_nanos BETWEEN ? AND ?
ORDER BY time_nanos, ordinal;
