-- Every metric, with how many series and points it has, and from when to when; times that were not sent left out.
SELECT
    metric.metric_id, metric.name, metric.description, metric.unit, metric.kind, metric.temporality,
    metric.is_monotonic, count(DISTINCT series.series_id), count(*), min(nullif(metric_point.time_nanos, 0)),
    max(nullif(metric_point.time_nanos, 0))
FROM metric
CROSS JOIN series ON series.metric_id = metric.metric_id
CROSS JOIN metric_point ON metric_point.series_id = series.series_id
GROUP BY metric.metric_id
ORDER BY metric.name, metric.metric_id;
