SELECT flags, name_place FROM layout WHERE layout_id = ?;
