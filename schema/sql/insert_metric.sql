INSERT INTO metric (name, description, unit, kind, temporality, is_monotonic) VALUES (?, ?, ?, ?, ?, ?);
