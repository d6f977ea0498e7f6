SELECT layout_id, flags, name_place FROM layout WHERE hash = ? ORDER BY layout_id;
