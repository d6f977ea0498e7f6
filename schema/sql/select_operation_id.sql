SELECT operation_id FROM operation WHERE identity = ?;
