-- Oldest first; removed_bytes is two for each trace that no longer counts.
SELECT block_id, spans, traces, coalesce(length(removed), 0) AS removed_bytes FROM block ORDER BY block_id;
