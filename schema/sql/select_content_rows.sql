-- The values of all spans that have long texts.
SELECT span.layout_id, span.inline_values
FROM span
WHERE span.layout_id IN (SELECT layout_id FROM layout_slot WHERE kind = 'content');
