SELECT horizon_nanos FROM retention;
