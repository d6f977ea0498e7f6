-- One row a distinct resource: what produced spans. attributes is a JSON object in the order sent, repeated keys
-- included: ints have no point, doubles a point or an exponent; a value with nothing in it is null. attribute_tags
-- names the values whose JSON is a stand-in, by position ('3=d;4.0=y'): d a double given as "NaN", "Infinity" or
-- "-Infinity", y bytes given as base64.
CREATE TABLE resource (
    resource_id INTEGER PRIMARY KEY,
    service TEXT,
    attributes TEXT NOT NULL,
    attribute_tags TEXT NOT NULL,
    dropped_attributes_count INTEGER NOT NULL,
    schema_url TEXT NOT NULL,
    UNIQUE (attributes, attribute_tags, dropped_attributes_count, schema_url)
) STRICT;

-- One row a distinct instrumentation scope.
CREATE TABLE scope (
    scope_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    attributes TEXT NOT NULL,
    attribute_tags TEXT NOT NULL,
    dropped_attributes_count INTEGER NOT NULL,
    schema_url TEXT NOT NULL,
    UNIQUE (name, version, attributes, attribute_tags, dropped_attributes_count, schema_url)
) STRICT;

-- One row a pair of resource and scope that spans came from.
CREATE TABLE source (
    source_id INTEGER PRIMARY KEY,
    resource_id INTEGER NOT NULL REFERENCES resource,
    scope_id INTEGER NOT NULL REFERENCES scope,
    UNIQUE (resource_id, scope_id)
) STRICT;

-- One row a distinct tuple of what was done: few rows, joined and grouped by. The columns after status_code are the
-- operation slots of attribute_aliases.tsv, in its order; null where a span has no such attribute, '(other)' where the
-- field is demoted. usage_role says whether its tokens count: inference, container, other, null when nothing tells.
-- hash is of the JSON array of the other columns.
CREATE TABLE operation (
    operation_id INTEGER PRIMARY KEY,
    service TEXT,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    status_code INTEGER NOT NULL,
    primitive_name TEXT,
    primitive_type TEXT,
    execution_status TEXT,
    workflow_name TEXT,
    agent_type TEXT,
    agent_name TEXT,
    llm_provider TEXT,
    llm_model_name TEXT,
    tool_name TEXT,
    gen_ai_operation_name TEXT,
    openinference_span_kind TEXT,
    cache_type TEXT,
    error_type TEXT,
    step_name TEXT,
    branch_name TEXT,
    usage_role TEXT,
    hash INTEGER NOT NULL
) STRICT;

CREATE INDEX operation_by_hash ON operation (hash);

-- One row an operation column with more than 1,000 distinct values: newer spans keep theirs themselves.
CREATE TABLE demoted_field (
    field TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- One row a tuple of for whom it was done: the same for a whole run. A tuple may stand here more than once, because
-- finding an old one would take an index in random order.
CREATE TABLE context (
    context_id INTEGER PRIMARY KEY,
    workflow_id TEXT,
    session_id TEXT,
    agent_id TEXT,
    correlation_id TEXT,
    user_id TEXT
) STRICT;

-- One row a shape of spans: which attributes in which order, and where the value of each stands. flags are OTLP's.
-- name_place is the place of the span's name among its values where the name field is demoted. hash is of all of it.
CREATE TABLE layout (
    layout_id INTEGER PRIMARY KEY,
    flags INTEGER NOT NULL,
    name_place INTEGER,
    hash INTEGER NOT NULL
) STRICT;

CREATE INDEX layout_by_hash ON layout (hash);

-- One row an attribute of a layout, in the order sent. kind says where its value stands: 'operation' and 'context' in
-- that row's slot number place; 'constant' here; all others in span.inline_values at place: 'value' as JSON,
-- 'nonfinite' a double given as "NaN", "Infinity" or "-Infinity", 'bytes' as base64, 'tagged' a pair of JSON and
-- attribute tags, 'content' a long text: prefix, separator, suffix, and a list of pairs, each a content_id and how many
-- rows of content from there on; their data, with the separator between each two, stand between prefix and suffix.
CREATE TABLE layout_slot (
    layout_id INTEGER NOT NULL REFERENCES layout,
    position INTEGER NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    place INTEGER,
    constant TEXT,
    PRIMARY KEY (layout_id, position)
) STRICT, WITHOUT ROWID;

-- One row a piece of long text, stored once. A piece may end anywhere between two characters.
CREATE TABLE content (
    content_id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,
    data TEXT NOT NULL
) STRICT;

CREATE INDEX content_by_hash ON content (hash);

-- One row a trace.
CREATE TABLE trace (
    trace_number INTEGER PRIMARY KEY,
    trace_id BLOB NOT NULL UNIQUE
) STRICT;

-- One row a span: the truth of the store, from which blocks can be made again. id is trace_number * 2^24 plus the
-- span's number in its trace, from 0 in order of arrival, so that a trace stands together. span_id and parent_span_id
-- are the eight bytes as one signed number; the parent is as sent: null when absent, 0 when sent as zero bytes.
-- start_nanos is nanoseconds since 1970, the unsigned 64 bits of OTLP read as signed. duration_nanos is end minus
-- start, null while unfinished. inline_values is a JSON array: see layout_slot. extras is a JSON object of what few
-- spans have: status_message, trace_state, events, links, dropped counts.
CREATE TABLE span (
    id INTEGER PRIMARY KEY,
    span_id INTEGER NOT NULL,
    parent_span_id INTEGER,
    start_nanos INTEGER NOT NULL,
    duration_nanos INTEGER,
    operation_id INTEGER NOT NULL REFERENCES operation,
    context_id INTEGER NOT NULL REFERENCES context,
    layout_id INTEGER NOT NULL REFERENCES layout,
    source_id INTEGER NOT NULL REFERENCES source,
    inline_values TEXT,
    extras TEXT
) STRICT;

-- One row a trace whose spans are not in a block (yet).
CREATE TABLE unsealed (
    trace_number INTEGER PRIMARY KEY REFERENCES trace
) STRICT;

-- One row a column block: up to 65,535 spans of whole traces, in order of their ids, for answers that read many spans.
-- Traces longer than that take several. Starts and trace numbers are the least and the greatest, both included.
-- removed lists the traces that no longer count here, by their place in the block: two bytes each, little-endian.
CREATE TABLE block (
    block_id INTEGER PRIMARY KEY,
    spans INTEGER NOT NULL,
    traces INTEGER NOT NULL,
    min_start_nanos INTEGER NOT NULL,
    max_start_nanos INTEGER NOT NULL,
    min_trace INTEGER NOT NULL,
    max_trace INTEGER NOT NULL,
    removed BLOB
) STRICT;

-- One row a column of a block: block_column_id is block_id * 256 plus the column's number. ARCHITECTURE.md describes
-- the columns and how they are packed.
CREATE TABLE block_column (
    block_column_id INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

-- One row a group that rollups are kept for. dimensions is a JSON object of what its spans have in common: null where
-- they have none, '(other)' throughout for all groups after the family's 2,000th. rollup_group_id is the family's
-- number * 2^48 plus the group's number in it.
CREATE TABLE rollup_group (
    rollup_group_id INTEGER PRIMARY KEY,
    family TEXT NOT NULL,
    dimensions TEXT NOT NULL
) STRICT;

-- One row a group and hour: sums over the spans that start in it and are in a block, or were when db retain removed
-- them. rollup_id is the group's id plus hours since 1970 * 2^24. timed_spans are those that have ended and not before
-- they start; nanos, min_nanos, max_nanos and sketch are of their durations, the last three null when there is none:
-- nanos_high * 2^32 + nanos_low is their sum.
-- first_error_nanos and last_error_nanos are starts, null without errors. calls to cost_usd are of the model calls that
-- count. sketch is an exponential histogram: ARCHITECTURE.md describes its bytes. Of connections, calls to
-- cache_savings_usd are 0.
CREATE TABLE rollup (
    rollup_id INTEGER PRIMARY KEY,
    spans INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    timed_spans INTEGER NOT NULL,
    timed_errors INTEGER NOT NULL,
    nanos_high INTEGER NOT NULL,
    nanos_low INTEGER NOT NULL,
    min_nanos INTEGER,
    max_nanos INTEGER,
    first_error_nanos INTEGER,
    last_error_nanos INTEGER,
    calls INTEGER NOT NULL,
    calls_with_cost INTEGER NOT NULL,
    calls_with_usage_only INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    cache_lookups INTEGER NOT NULL,
    cache_hits INTEGER NOT NULL,
    cache_savings_usd REAL NOT NULL,
    sketch BLOB
) STRICT;

-- At most one row: the time before which db retain has removed the runs that had ended, nanoseconds since 1970, and the
-- greatest number of a trace that was there then. Spans of the hours before it count in rollups. Spans that had ended
-- before it are refused, but for those of traces up to that number.
CREATE TABLE retention (
    retention_id INTEGER PRIMARY KEY CHECK (retention_id = 1),
    horizon_nanos INTEGER NOT NULL,
    last_trace_number INTEGER NOT NULL
) STRICT;
