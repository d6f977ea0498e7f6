-- block_column_id from ?1 to ?2, both included.
DELETE FROM block_column WHERE block_column_id >= ?1 AND block_column_id <= ?2;
