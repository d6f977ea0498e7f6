-- From before ?1. Times from 2^63 on, which stand below 0, are none of them.
SELECT count(*)
FROM metric_point
WHERE series_id IN (SELECT series_id FROM series) AND time_nanos >= 0 AND time_nanos < ?1;
