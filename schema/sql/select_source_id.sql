SELECT source_id FROM source WHERE resource_id = ? AND scope_id = ?;
