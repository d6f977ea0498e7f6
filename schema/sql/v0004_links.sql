-- One row a link of a span, for people and for any SQLite tool from 3.38 on.
--
-- trace_id, span_id: of the span that it belongs to, lowercase hexadecimal.
-- linked_trace_id, linked_span_id: of the span that it points to, lowercase hexadecimal, as many digits as were sent.
-- trace_state: as sent, empty when there is none.
-- attributes: a JSON object, keys in the order sent; bytes are base64 and non-finite doubles strings.
CREATE VIEW links AS
SELECT
    lower(hex(trace.trace_id)) AS trace_id,
    printf('%016x', span.span_id) AS span_id,
    link.value ->> 'trace_id' AS linked_trace_id,
    link.value ->> 'span_id' AS linked_span_id,
    link.value ->> 'trace_state' AS trace_state,
    link.value -> 'attributes' AS attributes
FROM span
JOIN trace ON trace.trace_number = span.id >> 24
CROSS JOIN json_each(span.extras, '$.links') AS link;
