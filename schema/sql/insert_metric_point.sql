INSERT INTO metric_point (series_id, time_nanos, ordinal, start_nanos, flags, int_value, double_value, detail)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING;
