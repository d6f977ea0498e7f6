-- A row if the point that stands there is the same to the last column.
SELECT 1
FROM metric_point
WHERE series_id = ? AND time_nanos = ? AND ordinal = ? AND start_nanos = ? AND flags = ? AND int_value IS ?
    AND double_value IS ? AND detail IS ?;
