SELECT min(start_nanos), max(start_nanos) FROM span;
