-- Of no trace, or of one that is not in the file, from before ?1.
DELETE FROM log
WHERE coalesce(nullif(time_nanos, 0), observed_nanos) < ?1
    AND (trace_id IS NULL OR NOT EXISTS (SELECT 1 FROM trace WHERE trace.trace_id = log.trace_id));
