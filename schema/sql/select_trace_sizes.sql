-- How many spans each trace has.
SELECT id >> 24 AS trace_number, count(*) AS spans FROM span GROUP BY id >> 24 ORDER BY trace_number;
