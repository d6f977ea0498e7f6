INSERT INTO layout_slot (layout_id, position, key, kind, place, constant) VALUES (?, ?, ?, ?, ?, ?);
