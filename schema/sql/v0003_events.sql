-- One row an event of a span, for people and for any SQLite tool from 3.38 on.
--
-- trace_id, span_id: of the span that it belongs to, lowercase hexadecimal.
-- time: ISO 8601 in UTC with nanoseconds. time_unix_nano: nanoseconds since 1970.
-- name: as sent. attributes: a JSON object, keys in the order sent; bytes are base64 and non-finite doubles strings.
CREATE VIEW events AS
SELECT
    lower(hex(trace.trace_id)) AS trace_id,
    printf('%016x', span.span_id) AS span_id,
    strftime('%Y-%m-%dT%H:%M:%S', (event.value ->> 'time_unix_nano') / 1000000000, 'unixepoch')
        || printf('.%09dZ', (event.value ->> 'time_unix_nano') % 1000000000) AS time,
    event.value ->> 'time_unix_nano' AS time_unix_nano,
    event.value ->> 'name' AS name,
    event.value -> 'attributes' AS attributes
FROM span
JOIN trace ON trace.trace_number = span.id >> 24
CROSS JOIN json_each(span.extras, '$.events') AS event;
