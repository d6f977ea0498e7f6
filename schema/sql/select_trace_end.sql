-- When the last span of a trace ended; one that is unfinished or ends before it starts counts as ended when it started.
-- The trace's ids from ?1 to ?2, both included.
SELECT max(start_nanos + max(0, coalesce(duration_nanos, 0))) FROM span WHERE id >= ?1 AND id <= ?2;
