DELETE FROM rollup WHERE rollup_id = ?;
