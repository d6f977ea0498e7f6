-- One row a distinct body of log records: the same message is often logged again. body is a JSON object with the one member
-- body; body_tags as attribute_tags elsewhere. hash is of both.
CREATE TABLE log_body (
    log_body_id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,
    body TEXT NOT NULL,
    body_tags TEXT NOT NULL
) STRICT;

CREATE INDEX log_body_by_hash ON log_body (hash);

-- One row a log record. trace_id is 16 bytes and span_id the eight bytes as one signed number, null where the record names
-- none; what they name need not be in the file. time_nanos and observed_nanos are nanoseconds since 1970, 0 when not sent, the
-- unsigned 64 bits of OTLP read as signed. log_body_id is null for a record without a body. hash is of all other columns: the
-- same record is stored once.
CREATE TABLE log (
    log_id INTEGER PRIMARY KEY,
    trace_id BLOB,
    span_id INTEGER,
    time_nanos INTEGER NOT NULL,
    observed_nanos INTEGER NOT NULL,
    severity_number INTEGER NOT NULL,
    severity_text TEXT NOT NULL,
    event_name TEXT NOT NULL,
    log_body_id INTEGER REFERENCES log_body,
    attributes TEXT NOT NULL,
    attribute_tags TEXT NOT NULL,
    dropped_attributes_count INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    source_id INTEGER NOT NULL REFERENCES source,
    hash INTEGER NOT NULL
) STRICT;

CREATE INDEX log_by_trace ON log (trace_id) WHERE trace_id IS NOT NULL;

CREATE INDEX log_by_hash ON log (hash);
