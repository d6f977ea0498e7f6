-- One row a metric point, for people and for any SQLite tool from 3.38 on.
--
-- metric: its name. kind: gauge, counter, updowncounter, histogram, exponential_histogram or summary. unit: as sent, by UCUM.
-- temporality: cumulative (since start_time), delta (since the point before) or unspecified; null for gauges and summaries.
-- start_time, time: ISO 8601 in UTC with nanoseconds, null when not sent. time_unix_nano: time in nanoseconds since 1970.
-- value: of a gauge, counter or updowncounter; a text for what is no finite number, null when nothing was recorded.
-- count, sum, min, max: of a histogram or summary, null where not sent.
-- detail: JSON of all else: bounds and bucket_counts, scale and buckets, quantiles, exemplars.
-- attributes, resource: JSON objects, keys in the order sent; bytes are base64 and non-finite doubles strings.
-- service: the resource's service.name. scope_name, scope_version: the instrumentation library.
CREATE VIEW metrics AS
SELECT
    metric.name AS metric,
    CASE
        WHEN metric.kind <> 'sum' THEN metric.kind
        WHEN metric.is_monotonic THEN 'counter'
        ELSE 'updowncounter'
    END AS kind,
    metric.unit AS unit,
    CASE
        WHEN metric.kind IN ('gauge', 'summary') THEN NULL
        WHEN metric.temporality = 2 THEN 'cumulative'
        WHEN metric.temporality = 1 THEN 'delta'
        ELSE 'unspecified'
    END AS temporality,
    strftime('%Y-%m-%dT%H:%M:%S', nullif(point.start_nanos, 0) / 1000000000, 'unixepoch')
        || printf('.%09dZ', point.start_nanos % 1000000000) AS start_time,
    strftime('%Y-%m-%dT%H:%M:%S', nullif(point.time_nanos, 0) / 1000000000, 'unixepoch')
        || printf('.%09dZ', point.time_nanos % 1000000000) AS time,
    nullif(point.time_nanos, 0) AS time_unix_nano,
    coalesce(point.int_value, point.double_value, point.detail ->> '$.double') AS value,
    point.detail ->> '$.count' AS count,
    point.detail ->> '$.sum' AS sum,
    point.detail ->> '$.min' AS min,
    point.detail ->> '$.max' AS max,
    point.detail AS detail,
    series.attributes AS attributes,
    resource.service AS service,
    resource.attributes AS resource,
    scope.name AS scope_name,
    scope.version AS scope_version
FROM metric_point AS point
JOIN series ON series.series_id = point.series_id
JOIN metric ON metric.metric_id = series.metric_id
JOIN source ON source.source_id = series.source_id
JOIN resource ON resource.resource_id = source.resource_id
JOIN scope ON scope.scope_id = source.scope_id;
