SELECT trace_number FROM unsealed ORDER BY trace_number LIMIT ?;
