-- Records with values of more than ?1 bytes, from before ?2.
SELECT
    log.log_id, log.trace_id, log.span_id, log.time_nanos, log.observed_nanos, log.severity_number, log.severity_text,
    log.event_name, log_body.body, log_body.body_tags, log.attributes, log.attribute_tags,
    log.dropped_attributes_count, log.flags, log.source_id
FROM log
LEFT JOIN log_body ON log_body.log_body_id = log.log_body_id
WHERE coalesce(nullif(log.time_nanos, 0), log.observed_nanos) < ?2
    AND (length(log_body.body) > ?1 OR length(log.attributes) > ?1)
ORDER BY log.log_id;
