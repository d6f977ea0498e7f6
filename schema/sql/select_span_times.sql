SELECT start_nanos, duration_nanos FROM span WHERE id >= ?1 AND id <= ?2;
