-- One row a distinct resource: what produced spans. Attributes are stored as span_detail stores them.
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

-- One row a distinct tuple of what was done: few rows, joined and grouped by. The columns after status_code are the
-- operation slots of attribute_aliases.tsv, in its order; null where a span has no such attribute. usage_role says
-- whether its tokens count: inference, container, other, null when nothing tells. identity is the JSON array of the
-- other columns.
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
    identity TEXT NOT NULL UNIQUE
) STRICT;

-- One row a distinct tuple of for whom it was done: the same for a whole run.
CREATE TABLE context (
    context_id INTEGER PRIMARY KEY,
    workflow_id TEXT,
    session_id TEXT,
    agent_id TEXT,
    correlation_id TEXT,
    user_id TEXT,
    identity TEXT NOT NULL UNIQUE
) STRICT;

-- One row a span, (trace_id, span_id) once. Times are nanoseconds since 1970, the unsigned 64 bits of OTLP read as
-- signed; end_nanos is 0 while unfinished. parent_span_id is as sent: null when absent, eight zero bytes when sent so.
-- The columns after scope_id are the number slots of attribute_aliases.tsv.
CREATE TABLE span (
    id INTEGER PRIMARY KEY,
    trace_id BLOB NOT NULL,
    span_id BLOB NOT NULL,
    parent_span_id BLOB,
    start_nanos INTEGER NOT NULL,
    end_nanos INTEGER NOT NULL,
    operation_id INTEGER NOT NULL REFERENCES operation,
    context_id INTEGER NOT NULL REFERENCES context,
    resource_id INTEGER NOT NULL REFERENCES resource,
    scope_id INTEGER NOT NULL REFERENCES scope,
    llm_prompt_tokens INTEGER,
    llm_completion_tokens INTEGER,
    llm_cached_tokens INTEGER,
    llm_cache_write_tokens INTEGER,
    llm_reasoning_tokens INTEGER,
    llm_cost_usd REAL,
    cache_hit INTEGER,
    cache_savings_usd REAL,
    step_index INTEGER,
    primitive_step_index INTEGER,
    branch_index INTEGER
) STRICT;

CREATE UNIQUE INDEX span_by_trace ON span (trace_id, span_id);

CREATE INDEX span_by_start ON span (start_nanos);

-- The rest of a span, under the same id. attributes is a JSON object in the order sent, repeated keys included: ints
-- have no point, doubles a point or an exponent; a value with nothing in it is null. attribute_tags names the values
-- whose JSON is a stand-in, by position ('3=d;4.0=y'): d a double given as "NaN", "Infinity" or "-Infinity", y bytes
-- given as base64. events and links are JSON arrays of objects whose attributes follow the same rule.
CREATE TABLE span_detail (
    id INTEGER PRIMARY KEY REFERENCES span,
    trace_state TEXT NOT NULL,
    flags INTEGER NOT NULL,
    status_message TEXT NOT NULL,
    attributes TEXT NOT NULL,
    attribute_tags TEXT NOT NULL,
    dropped_attributes_count INTEGER NOT NULL,
    events TEXT NOT NULL,
    dropped_events_count INTEGER NOT NULL,
    links TEXT NOT NULL,
    dropped_links_count INTEGER NOT NULL
) STRICT;

-- One row an attribute key that occurs anywhere: target is 'span' or 'resource'.
CREATE TABLE attribute_key (
    target TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (target, key)
) STRICT, WITHOUT ROWID;
