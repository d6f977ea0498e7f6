-- The same record: all that is bound, in the order of its columns, the hash last.
SELECT log_id
FROM log
WHERE hash = ?14 AND trace_id IS ?1 AND span_id IS ?2 AND time_nanos = ?3 AND observed_nanos = ?4
    AND severity_number = ?5 AND severity_text = ?6 AND event_name = ?7 AND log_body_id IS ?8 AND attributes = ?9
    AND attribute_tags = ?10 AND dropped_attributes_count = ?11 AND flags = ?12 AND source_id = ?13;
