INSERT INTO rollup_group (rollup_group_id, family, dimensions) VALUES (?, ?, ?);
