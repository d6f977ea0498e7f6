INSERT INTO log (
    trace_id, span_id, time_nanos, observed_nanos, severity_number, severity_text, event_name, log_body_id, attributes,
    attribute_tags, dropped_attributes_count, flags, source_id, hash
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
