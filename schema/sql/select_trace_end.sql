-- When the last span of a trace ended, an unfinished one when it started; the trace's ids from ?1 to ?2, both included.
SELECT max(start_nanos + coalesce(duration_nanos, 0)) FROM span WHERE id >= ?1 AND id <= ?2;
