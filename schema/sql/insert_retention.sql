INSERT OR REPLACE INTO retention (retention_id, horizon_nanos) VALUES (1, ?);
