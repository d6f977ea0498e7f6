DELETE FROM metric WHERE NOT EXISTS (SELECT 1 FROM series WHERE series.metric_id = metric.metric_id);
