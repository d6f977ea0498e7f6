SELECT count(*) FROM metric_point;
