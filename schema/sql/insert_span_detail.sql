INSERT INTO span_detail (
    id, trace_state, flags, status_message, attributes, attribute_tags, dropped_attributes_count, events,
    dropped_events_count, links, dropped_links_count
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
