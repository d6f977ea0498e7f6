INSERT OR IGNORE INTO attribute_key (target, key) VALUES (?, ?);
