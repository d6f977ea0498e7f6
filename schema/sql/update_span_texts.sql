UPDATE span SET layout_id = ?, inline_values = ?, extras = ? WHERE id = ?;
