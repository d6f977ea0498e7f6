SELECT rollup_group_id, dimensions FROM rollup_group ORDER BY rollup_group_id;
