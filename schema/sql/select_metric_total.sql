-- What the metrics of name ?1 counted in all, in series whose attribute at path ?2 is ?3. A point counts all since its start,
-- so that of each start the last one is taken, points without a value left out.
SELECT CAST(total(value) AS INTEGER)
FROM (
    SELECT
        max(metric_point.time_nanos) AS time_nanos,
        coalesce(metric_point.int_value, metric_point.double_value) AS value
    FROM metric
    CROSS JOIN series ON series.metric_id = metric.metric_id
    CROSS JOIN metric_point ON metric_point.series_id = series.series_id
    WHERE metric.name = ?1 AND series.attributes ->> ?2 = ?3 AND metric_point.flags & 1 = 0
    GROUP BY series.series_id, metric_point.start_nanos
);
