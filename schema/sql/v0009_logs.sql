-- One row a log record, for people and for any SQLite tool from 3.38 on.
--
-- trace_id, span_id: lowercase hexadecimal, null where the record names none.
-- time: when it happened, else when it was observed; ISO 8601 in UTC with nanoseconds, null when neither was sent.
-- time_unix_nano: the same in nanoseconds since 1970.
-- severity_number: 1 to 24, 0 when not sent. severity: its text as sent, else its name: trace, debug, info, warn, error, fatal.
-- event_name: what kind of event it is, empty for a plain record. body: text, or JSON of anything else.
-- attributes, resource: JSON objects, keys in the order sent; bytes are base64 and non-finite doubles strings.
-- service: the resource's service.name. scope_name, scope_version: the instrumentation library.
CREATE VIEW logs AS
SELECT
    CASE WHEN log.trace_id IS NOT NULL THEN lower(hex(log.trace_id)) END AS trace_id,
    CASE WHEN log.span_id IS NOT NULL THEN printf('%016x', log.span_id) END AS span_id,
    strftime('%Y-%m-%dT%H:%M:%S', coalesce(nullif(log.time_nanos, 0), nullif(log.observed_nanos, 0)) / 1000000000, 'unixepoch')
        || printf('.%09dZ', coalesce(nullif(log.time_nanos, 0), log.observed_nanos) % 1000000000) AS time,
    coalesce(nullif(log.time_nanos, 0), nullif(log.observed_nanos, 0)) AS time_unix_nano,
    log.severity_number AS severity_number,
    CASE
        WHEN log.severity_text <> '' THEN log.severity_text
        WHEN log.severity_number BETWEEN 1 AND 24 THEN
            rtrim(substr('tracedebuginfo warn errorfatal', (log.severity_number - 1) / 4 * 5 + 1, 5))
        ELSE ''
    END AS severity,
    log.event_name AS event_name,
    log_body.body ->> '$.body' AS body,
    log.attributes AS attributes,
    resource.service AS service,
    resource.attributes AS resource,
    scope.name AS scope_name,
    scope.version AS scope_version
FROM log
LEFT JOIN log_body ON log_body.log_body_id = log.log_body_id
JOIN source ON source.source_id = log.source_id
JOIN resource ON resource.resource_id = source.resource_id
JOIN scope ON scope.scope_id = source.scope_id;
