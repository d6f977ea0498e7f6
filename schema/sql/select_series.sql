-- Of the metrics of a name, or of all for null.
SELECT
    series.series_id, metric.name, metric.description, metric.unit, metric.kind, metric.temporality,
    metric.is_monotonic, series.source_id, series.attributes, series.attribute_tags
FROM metric
CROSS JOIN series ON series.metric_id = metric.metric_id
WHERE ?1 IS NULL OR metric.name = ?1
ORDER BY metric.name, metric.metric_id, series.series_id;
