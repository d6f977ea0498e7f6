-- One row a distinct metric. kind is gauge, sum, histogram, exponential_histogram or summary. temporality has OTLP's numbers,
-- 0 unspecified, 1 delta, 2 cumulative, and 0 for kinds without one; is_monotonic is 0 for all but sums.
CREATE TABLE metric (
    metric_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    unit TEXT NOT NULL,
    kind TEXT NOT NULL,
    temporality INTEGER NOT NULL,
    is_monotonic INTEGER NOT NULL,
    UNIQUE (name, description, unit, kind, temporality, is_monotonic)
) STRICT;

-- One row a series: a metric of one source with one set of attributes. They stand as its first point had them; points with the
-- same ones in another order belong to it too, but values of a repeated key keep their order. hash is of metric, source and
-- the attributes in order of their keys.
CREATE TABLE series (
    series_id INTEGER PRIMARY KEY,
    metric_id INTEGER NOT NULL REFERENCES metric,
    source_id INTEGER NOT NULL REFERENCES source,
    attributes TEXT NOT NULL,
    attribute_tags TEXT NOT NULL,
    hash INTEGER NOT NULL
) STRICT;

CREATE INDEX series_by_hash ON series (hash);

CREATE INDEX series_by_metric ON series (metric_id);

-- One row a point of a series. time_nanos and start_nanos are nanoseconds since 1970, 0 when not sent, the unsigned 64 bits of
-- OTLP read as signed. ordinal is 0 for the first point of a time; others that differ from it have a hash of their columns
-- there, or the next number that is free: the same point is stored once. flags are OTLP's: bit 0 says that nothing was
-- recorded. A number is int_value or double_value. detail is a JSON object, null when there is nothing else to say, of: double,
-- a number that REAL does not hold ("NaN", "NaN 7ff0000000000002" for other bits than the usual, "Infinity", "-Infinity",
-- -0.0); the members of a histogram (count, sum, min, max, bounds, bucket_counts), of an exponential histogram (count, sum, min,
-- max, scale, zero_count, zero_threshold, positive, negative) or of a summary (count, sum, quantiles); exemplars.
CREATE TABLE metric_point (
    series_id INTEGER NOT NULL REFERENCES series,
    time_nanos INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    start_nanos INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    int_value INTEGER,
    double_value REAL,
    detail TEXT,
    PRIMARY KEY (series_id, time_nanos, ordinal)
) STRICT, WITHOUT ROWID;
