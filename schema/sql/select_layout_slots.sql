SELECT position, key, kind, place, constant FROM layout_slot WHERE layout_id = ? ORDER BY position;
