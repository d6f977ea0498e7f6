DELETE FROM series
WHERE NOT EXISTS (SELECT 1 FROM metric_point WHERE metric_point.series_id = series.series_id);
