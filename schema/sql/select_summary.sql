SELECT
    count(*) AS spans,
    count(DISTINCT trace_id) AS traces,
    (SELECT count(DISTINCT service) FROM operation) AS services,
    (SELECT count(*) FROM (SELECT DISTINCT service, name FROM operation)) AS operations,
    min(start_nanos) AS first_start,
    max(start_nanos) AS last_start,
    count(*) FILTER (WHERE end_nanos = 0) AS unfinished,
    count(*) FILTER (WHERE end_nanos <> 0 AND end_nanos < start_nanos) AS negative
FROM span;
