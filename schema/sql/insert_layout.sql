INSERT INTO layout (flags, name_place, hash) VALUES (?, ?, ?);
