SELECT horizon_nanos, last_trace_number FROM retention;
