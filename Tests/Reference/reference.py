#!/usr/bin/env python3
"""Reference answers for the sample payloads.

usage: reference.py [SAMPLE_FOLDER ...]      (default: every folder of Tests/Samples with a golden pair: not `metrics`, `exporters`)

Reads the OTLP trace requests of a sample folder with the protobuf classes of the OpenTelemetry
project (OTLP JSON with the standard library) and writes, into Golden/ beside this file,

  <sample>.spans.json.gz   every span in one canonical shape, sorted by trace and span id
  <sample>.answers.json    what the queries must answer over those spans, over all time

It shares no code with the project under test and favours the plainest way to compute an answer.
Where a sample has a manifest.json with true answers, the computed ones are asserted to agree.
"""
import base64
import gzip
import json
import math
import re
import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import numpy
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent / "Samples"
GOLDEN = HERE / "Golden"

SLO_TARGET = Fraction(99, 100)
SLO_THRESHOLD_NS = 500 * 10**6


# ------------------------------------------------------------------------------------------------
# Reading: both encodings come out in the canonical shape.
# A value is {"s": text} {"b": bool} {"i": "decimal"} {"d": hex float} {"y": base64} {"a": [values]}
# {"m": [[key, value]...]} or {"n": 1} when there is none.


def double_value(number):
    """An exact spelling of a double: C99 hexadecimal, or nan, inf, -inf."""
    return {"d": number.hex()}


def bytes_value(data):
    return {"y": base64.b64encode(data).decode("ascii")}


# Protobuf

def pb_value(value):
    case = value.WhichOneof("value")
    if case is None:
        return {"n": 1}
    if case == "string_value":
        return {"s": value.string_value}
    if case == "bool_value":
        return {"b": value.bool_value}
    if case == "int_value":
        return {"i": str(value.int_value)}
    if case == "double_value":
        return double_value(value.double_value)
    if case == "array_value":
        return {"a": [pb_value(item) for item in value.array_value.values]}
    if case == "kvlist_value":
        return {"m": pb_attributes(value.kvlist_value.values)}
    if case == "bytes_value":
        return bytes_value(value.bytes_value)
    raise ValueError(f"a value of the unexpected kind {case}")


def pb_attributes(attributes):
    return [[pair.key, pb_value(pair.value)] for pair in attributes]


def pb_spans(data):
    request = ExportTraceServiceRequest()
    request.ParseFromString(data)
    for resource_spans in request.resource_spans:
        resource = {
            "attributes": pb_attributes(resource_spans.resource.attributes),
            "droppedAttributesCount": resource_spans.resource.dropped_attributes_count,
            "schemaUrl": resource_spans.schema_url,
        }
        for scope_spans in resource_spans.scope_spans:
            scope = {
                "name": scope_spans.scope.name,
                "version": scope_spans.scope.version,
                "attributes": pb_attributes(scope_spans.scope.attributes),
                "droppedAttributesCount": scope_spans.scope.dropped_attributes_count,
                "schemaUrl": scope_spans.schema_url,
            }
            for span in scope_spans.spans:
                yield {
                    "traceId": span.trace_id.hex(),
                    "spanId": span.span_id.hex(),
                    "parentSpanId": span.parent_span_id.hex(),
                    "traceState": span.trace_state,
                    "flags": span.flags,
                    "name": span.name,
                    "kind": span.kind,
                    "startTimeUnixNano": str(span.start_time_unix_nano),
                    "endTimeUnixNano": str(span.end_time_unix_nano),
                    "attributes": pb_attributes(span.attributes),
                    "droppedAttributesCount": span.dropped_attributes_count,
                    "events": [
                        {
                            "timeUnixNano": str(event.time_unix_nano),
                            "name": event.name,
                            "attributes": pb_attributes(event.attributes),
                            "droppedAttributesCount": event.dropped_attributes_count,
                        }
                        for event in span.events
                    ],
                    "droppedEventsCount": span.dropped_events_count,
                    "links": [
                        {
                            "traceId": link.trace_id.hex(),
                            "spanId": link.span_id.hex(),
                            "traceState": link.trace_state,
                            "attributes": pb_attributes(link.attributes),
                            "droppedAttributesCount": link.dropped_attributes_count,
                            "flags": link.flags,
                        }
                        for link in span.links
                    ],
                    "droppedLinksCount": span.dropped_links_count,
                    "status": {"code": span.status.code, "message": span.status.message},
                    "resource": resource,
                    "scope": scope,
                }


# OTLP JSON: lowerCamelCase keys, ids in hexadecimal of either case, 64-bit integers as text or
# numbers, bytes as base64, non-finite doubles as "NaN", "Infinity", "-Infinity". A null is an
# absent field, an unknown field is ignored.

def js_get(thing, key, default):
    found = thing.get(key)
    return default if found is None else found


def js_value(value):
    if value is None:
        return {"n": 1}
    if value.get("stringValue") is not None:
        return {"s": value["stringValue"]}
    if value.get("boolValue") is not None:
        return {"b": value["boolValue"]}
    if value.get("intValue") is not None:
        return {"i": str(int(value["intValue"]))}
    if value.get("doubleValue") is not None:
        return double_value(float(value["doubleValue"]))
    if value.get("arrayValue") is not None:
        return {"a": [js_value(item) for item in js_get(value["arrayValue"], "values", [])]}
    if value.get("kvlistValue") is not None:
        return {"m": js_attributes(value["kvlistValue"], "values")}
    if value.get("bytesValue") is not None:
        return bytes_value(base64.b64decode(value["bytesValue"]))
    return {"n": 1}


def js_attributes(thing, key="attributes"):
    return [[js_get(pair, "key", ""), js_value(pair.get("value"))] for pair in js_get(thing, key, [])]


def js_spans(data):
    request = json.loads(data)
    for resource_spans in js_get(request, "resourceSpans", []):
        sent_resource = js_get(resource_spans, "resource", {})
        resource = {
            "attributes": js_attributes(sent_resource),
            "droppedAttributesCount": int(js_get(sent_resource, "droppedAttributesCount", 0)),
            "schemaUrl": js_get(resource_spans, "schemaUrl", ""),
        }
        for scope_spans in js_get(resource_spans, "scopeSpans", []):
            sent_scope = js_get(scope_spans, "scope", {})
            scope = {
                "name": js_get(sent_scope, "name", ""),
                "version": js_get(sent_scope, "version", ""),
                "attributes": js_attributes(sent_scope),
                "droppedAttributesCount": int(js_get(sent_scope, "droppedAttributesCount", 0)),
                "schemaUrl": js_get(scope_spans, "schemaUrl", ""),
            }
            for span in js_get(scope_spans, "spans", []):
                status = js_get(span, "status", {})
                yield {
                    "traceId": js_get(span, "traceId", "").lower(),
                    "spanId": js_get(span, "spanId", "").lower(),
                    "parentSpanId": js_get(span, "parentSpanId", "").lower(),
                    "traceState": js_get(span, "traceState", ""),
                    "flags": int(js_get(span, "flags", 0)),
                    "name": js_get(span, "name", ""),
                    "kind": int(js_get(span, "kind", 0)),
                    "startTimeUnixNano": str(int(js_get(span, "startTimeUnixNano", 0))),
                    "endTimeUnixNano": str(int(js_get(span, "endTimeUnixNano", 0))),
                    "attributes": js_attributes(span),
                    "droppedAttributesCount": int(js_get(span, "droppedAttributesCount", 0)),
                    "events": [
                        {
                            "timeUnixNano": str(int(js_get(event, "timeUnixNano", 0))),
                            "name": js_get(event, "name", ""),
                            "attributes": js_attributes(event),
                            "droppedAttributesCount": int(js_get(event, "droppedAttributesCount", 0)),
                        }
                        for event in js_get(span, "events", [])
                    ],
                    "droppedEventsCount": int(js_get(span, "droppedEventsCount", 0)),
                    "links": [
                        {
                            "traceId": js_get(link, "traceId", "").lower(),
                            "spanId": js_get(link, "spanId", "").lower(),
                            "traceState": js_get(link, "traceState", ""),
                            "attributes": js_attributes(link),
                            "droppedAttributesCount": int(js_get(link, "droppedAttributesCount", 0)),
                            "flags": int(js_get(link, "flags", 0)),
                        }
                        for link in js_get(span, "links", [])
                    ],
                    "droppedLinksCount": int(js_get(span, "droppedLinksCount", 0)),
                    "status": {"code": int(js_get(status, "code", 0)), "message": js_get(status, "message", "")},
                    "resource": resource,
                    "scope": scope,
                }


def received_spans(folder):
    """Every span of the folder's payloads, in the order of file names and within a file as sent."""
    for path in sorted(folder.iterdir()):
        if path.name == "manifest.json":
            continue
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        encoding = path.name.removesuffix(".gz").rsplit(".", 1)[-1]
        yield from {"pb": pb_spans, "json": js_spans}[encoding](data)


def is_valid_id(text, size):
    return re.fullmatch(f"[0-9a-f]{{{2 * size}}}", text) is not None and text.strip("0") != ""


def deduplicated(received):
    """The spans by (trace id, span id), and how many valid ones came on top of the distinct ones.
    The first finished copy wins; a finished one replaces an unfinished one."""
    kept, valid = {}, 0
    for span in received:
        if not (is_valid_id(span["traceId"], 16) and is_valid_id(span["spanId"], 8)):
            continue
        valid += 1
        key = (span["traceId"], span["spanId"])
        if key not in kept or (not is_finished(kept[key]) and is_finished(span)):
            kept[key] = span
    return {key: kept[key] for key in sorted(kept)}, valid - len(kept)


# ------------------------------------------------------------------------------------------------
# Looking at one span


def start(span):
    return int(span["startTimeUnixNano"])


def end(span):
    return int(span["endTimeUnixNano"])


def is_finished(span):
    return end(span) != 0


def is_timed(span):
    """Finished, and not before it started."""
    return is_finished(span) and end(span) >= start(span)


def duration(span):
    return end(span) - start(span)


def raw(span, key, types, attributes=None):
    """The content of an attribute if its type is one of `types`; the first of several with one key counts."""
    for name, value in span["attributes"] if attributes is None else attributes:
        if name == key:
            (kind, content), = value.items()
            return content if kind in types else None
    return None


def has(span, key):
    return raw(span, key, "sbidyam") is not None


def text(span, key):
    return raw(span, key, "s")


def integer(span, key):
    found = raw(span, key, "i")
    return None if found is None else int(found)


def boolean(span, key):
    return raw(span, key, "b")


def number(span, key):
    """An integer or a double as a float."""
    whole, real = raw(span, key, "i"), raw(span, key, "d")
    return float(int(whole)) if whole is not None else None if real is None else float.fromhex(real)


def first_of(look_up, span, keys):
    """The first that is present, from left to right."""
    return next((found for key in keys if (found := look_up(span, key)) is not None), None)


def service(span):
    return raw(span, "service.name", "s", span["resource"]["attributes"])


def is_error(span):
    code = span["status"]["code"]
    status = text(span, "execution.status")
    return code == 2 or (code == 0 and status is not None and status != "success")


# ------------------------------------------------------------------------------------------------
# The stored spans as trees


class Spans:
    def __init__(self, by_id):
        self.by_id = by_id
        self.all = list(by_id.values())
        self.children = defaultdict(list)  # of stored parents only
        for span in self.all:
            if (parent := self.parent(span)) is not None:
                self.children[parent["traceId"], parent["spanId"]].append(span)

    def parent(self, span):
        return self.by_id.get((span["traceId"], span["parentSpanId"]))

    def ancestors(self, span):
        """The stored chain upwards; each at most once and never the span itself, whatever the cycle."""
        seen = {span["spanId"]}
        above = self.parent(span)
        while above is not None and above["spanId"] not in seen:
            seen.add(above["spanId"])
            yield above
            above = self.parent(above)

    def without_descendant(self, candidates, has_usage):
        """Those of `candidates` below which no other of them has usage."""
        covered = {above["spanId"] for span in candidates if has_usage(span) for above in self.ancestors(span)}
        return [span for span in candidates if span["spanId"] not in covered]


# ------------------------------------------------------------------------------------------------
# Arithmetic


def milliseconds(nanoseconds):
    return float(nanoseconds) / 1e6


def mean_ms(durations):
    return float(Fraction(sum(durations), len(durations) * 10**6)) if durations else None


def percentile_ms(durations, percent):
    """Linear interpolation between ranks, numpy's default, on nanoseconds."""
    return float(numpy.percentile(numpy.array(durations, dtype=numpy.float64), percent)) / 1e6 if durations else None


def grouped(spans, key):
    groups = defaultdict(list)
    for span in spans:
        groups[key(span)].append(span)
    return sorted(groups.items(), key=lambda group: (group[0] is not None, group[0] or ""))  # null first


# ------------------------------------------------------------------------------------------------
# The questions


def counts(spans, duplicates):
    return {
        "spans": len(spans.all),
        "traces": len({span["traceId"] for span in spans.all}),
        "duplicates": duplicates,
        "unfinished": sum(not is_finished(span) for span in spans.all),
        "negative": sum(is_finished(span) and not is_timed(span) for span in spans.all),
    }


def percentiles(spans, key):
    """Of timed spans that have the key; the others are not even counted."""
    rows = []
    timed = [span for span in spans.all if is_timed(span) and key(span) is not None]
    for group, members in grouped(timed, key):
        durations = [duration(span) for span in members]
        row = {"key": group, "count": len(members), "errors": sum(map(is_error, members))}
        row |= {"min_ms": milliseconds(min(durations)), "mean_ms": mean_ms(durations)}
        row |= {f"p{percent}_ms": percentile_ms(durations, percent) for percent in (50, 90, 95, 99)}
        row |= {"max_ms": milliseconds(max(durations))}
        rows.append(row)
    return rows


def connections(found):
    """Rows from (connection type, source, target, the target's span). All targets are counted,
    the timed ones are measured."""
    groups = defaultdict(list)
    for kind, source, target, span in found:
        groups[kind, source, target].append(span)
    rows = []
    for (kind, source, target), members in sorted(groups.items()):
        durations = [duration(span) for span in members if is_timed(span)]
        rows.append({
            "source": source, "target": target, "connection_type": kind,
            "count": len(members), "errors": sum(map(is_error, members)),
            "mean_ms": mean_ms(durations), "p95_ms": percentile_ms(durations, 95),
        })
    return rows


def calls(spans, name):
    """From the name of a stored parent to the child's, where both have one."""
    for span in spans.all:
        parent = spans.parent(span)
        if parent is not None and name(parent) is not None and name(span) is not None:
            yield "calls", name(parent), name(span), span


def primitive_name(span):
    return text(span, "primitive.name")


def step_name(span):
    return first_of(text, span, ["step.name", "primitive.name"])


def step_index(span):
    return first_of(integer, span, ["step.index", "primitive.step_index"])


def sequential(spans):
    """Between neighbouring steps below one stored parent: from the one at index i that ended last to
    the one at i + 1 that started first; of equals the smaller span id. Gaps are not bridged."""
    for parent_id, children in spans.children.items():
        steps = [c for c in children
                 if has(c, "step.index") or has(c, "step.name") or text(c, "primitive.type") == "SequentialStep"]
        steps = [c for c in steps if step_index(c) is not None]
        if not steps and text(spans.by_id[parent_id], "primitive.type") in ("sequential", "SequentialPrimitive"):
            steps = [c for c in children if integer(c, "primitive.step_index") is not None]
        at = defaultdict(list)
        for step in steps:
            at[step_index(step)].append(step)
        for index in sorted(at):
            if index + 1 in at:
                source = min(at[index], key=lambda span: (-end(span), span["spanId"]))
                target = min(at[index + 1], key=lambda span: (start(span), span["spanId"]))
                if step_name(source) is not None and step_name(target) is not None:
                    yield "sequential", step_name(source), step_name(target), target


def parallel(spans):
    """From a parallel primitive to each branch."""
    for parent_id, children in spans.children.items():
        parent = spans.by_id[parent_id]
        source = primitive_name(parent)
        if text(parent, "primitive.type") not in ("parallel", "ParallelPrimitive") or source is None:
            continue
        branches = [c for c in children if has(c, "branch.index") or has(c, "branch.name")]
        for branch in branches or children:
            target = first_of(text, branch, ["branch.name", "primitive.name"])
            if target is not None:
                yield "parallel", source, target, branch


def cache_by_type(spans):
    rows = []
    looked_up = [span for span in spans.all if boolean(span, "cache.hit") is not None]
    for group, members in grouped(looked_up, lambda span: text(span, "cache.type")):
        hits = sum(boolean(span, "cache.hit") for span in members)
        savings = [number(span, "cache.savings_usd") for span in members]
        rows.append({
            "key": group, "hits": hits, "total": len(members), "hit_rate": hits / len(members),
            "savings_usd": math.fsum(usd for usd in savings if usd is not None),
        })
    return rows


# Tokens. One meaning goes by several names; the first present one is read.
MODEL = ["llm.model_name", "gen_ai.response.model", "gen_ai.request.model", "embedding.model_name"]
PROMPT = ["llm.prompt_tokens", "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"]
COMPLETION = ["llm.completion_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
              "llm.token_count.completion"]
COST = ["llm.cost_usd", "llm.cost.total"]
INFERENCE = ("chat", "text_completion", "generate_content", "embeddings", "embedding")
NOT_INFERENCE = ("invoke_agent", "create_agent", "invoke_workflow", "execute_tool")


def prompt_tokens(span):
    return first_of(integer, span, PROMPT)


def completion_tokens(span):
    return first_of(integer, span, COMPLETION)


def has_usage(span):
    return prompt_tokens(span) is not None or completion_tokens(span) is not None


def is_marked(span):
    """Its kind says that it did inference."""
    operation, kind = text(span, "gen_ai.operation.name"), text(span, "openinference.span.kind")
    if operation in NOT_INFERENCE or (kind is not None and kind.upper() not in ("LLM", "EMBEDDING")):
        return False
    return (operation in INFERENCE or kind is not None or is_request_of_a_kind(span)
            or is_named_as_model_call(span) or has(span, "llm.prompt_tokens"))


def is_request_of_a_kind(span):
    """Traceloop's and litellm's own word for the kind."""
    return text(span, "llm.request.type") in ("chat", "completion", "embedding")


def is_named_as_model_call(span):
    return re.fullmatch(r"llm\..*\.generate", span["name"], re.DOTALL) is not None


def has_any_kind(span):
    return (has(span, "gen_ai.operation.name") or has(span, "openinference.span.kind")
            or is_request_of_a_kind(span) or is_named_as_model_call(span) or has(span, "llm.prompt_tokens"))


def tokens_by_model(spans):
    traces_with_kinds = {span["traceId"] for span in spans.all if has_any_kind(span)}
    counted = []
    for trace, members in grouped(spans.all, lambda span: span["traceId"]):
        if trace in traces_with_kinds:
            candidates = [span for span in members if is_marked(span)]
        else:
            candidates = [span for span in members if has_usage(span)]
        counted += spans.without_descendant(candidates, has_usage)
    rows = []
    for group, members in grouped(counted, lambda span: first_of(text, span, MODEL)):
        costs = [usd for span in members if (usd := first_of(number, span, COST)) is not None]
        rows.append({
            "key": group, "calls": len(members),
            "prompt_tokens": sum(prompt_tokens(span) or 0 for span in members),
            "completion_tokens": sum(completion_tokens(span) or 0 for span in members),
            "cost_usd": math.fsum(costs) if costs else None,
        })
    return rows


def workflow_name(span):
    return first_of(text, span, ["workflow.name", "gen_ai.workflow.name"])


def slo_by_workflow(spans):
    """Exact fractions, rounded once at the end. Timed spans of a workflow, errors included."""
    budget = 1 - SLO_TARGET
    rows = []
    timed = [span for span in spans.all if is_timed(span) and workflow_name(span) is not None]
    for group, members in grouped(timed, workflow_name):
        total = len(members)
        not_error = sum(not is_error(span) for span in members)
        within = sum(duration(span) <= SLO_THRESHOLD_NS for span in members)
        good = sum(not is_error(span) and duration(span) <= SLO_THRESHOLD_NS for span in members)
        burn_rate = Fraction(total - good, total) / budget
        rows.append({
            "key": group, "total": total, "not_error": not_error, "within": within, "good": good,
            "availability": not_error / total, "latency_compliance": within / total, "compliance": good / total,
            "error_budget_remaining": float(1 - burn_rate), "burn_rate": float(burn_rate),
        })
    return rows


def answers(spans, duplicates):
    return {
        "counts": counts(spans, duplicates),
        "percentiles_by_primitive_name": percentiles(spans, primitive_name),
        "percentiles_by_name": percentiles(spans, lambda span: span["name"]),
        "graph_services": connections(calls(spans, service)),
        "graph_primitives": connections(
            [*calls(spans, primitive_name), *sequential(spans), *parallel(spans)]),
        "cache_by_type": cache_by_type(spans),
        "tokens_by_model": tokens_by_model(spans),
        "slo_by_workflow": slo_by_workflow(spans),
    }


# ------------------------------------------------------------------------------------------------
# Agreement with what the generator of a sample knows to be true


def assert_truth(found, spans, manifest):
    truth = manifest["truth"]

    def same(what, computed, true):
        assert computed == true, f"{what}: computed {computed}, true {true}"

    same("spans", found["counts"]["spans"], manifest["spans"])
    same("traces", found["counts"]["traces"], manifest["traces"])
    same("attributes", sum(len(span["attributes"]) for span in spans.all), truth["attrs"])
    same("primitives", {row["key"]: row["count"] for row in found["percentiles_by_primitive_name"]}, truth["primitive"])
    same("edges", {f"{row['source']}>{row['target']}": row["count"] for row in found["graph_services"]}, truth["edges"])
    cache = {}
    for row in found["cache_by_type"]:
        cache |= {f"{row['key']}|1": row["hits"], f"{row['key']}|0": row["total"] - row["hits"]}
    same("cache", {key: n for key, n in cache.items() if n}, {key: n for key, n in truth["cache"].items() if n})
    slo = {}
    for row in found["slo_by_workflow"]:
        slo |= {f"{row['key']}|n": row["total"], f"{row['key']}|good": row["good"]}
    same("slo", slo, truth["slo"])
    same("errors", sum(row["errors"] for row in found["percentiles_by_name"]), truth["errors"])
    if truth["services"]:  # some versions of the generator leave it empty
        same("services", {name: len(members) for name, members in grouped(spans.all, service)}, truth["services"])


# ------------------------------------------------------------------------------------------------


def write_gzip(path, data):
    """With no name and no time in it, so that the same content gives the same file."""
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(data)


def main(folders):
    GOLDEN.mkdir(exist_ok=True)
    for folder in folders:
        by_id, duplicates = deduplicated(received_spans(folder))
        spans = Spans(by_id)
        found = answers(spans, duplicates)
        if (folder / "manifest.json").exists():
            assert_truth(found, spans, json.loads((folder / "manifest.json").read_text()))
        canonical = json.dumps({"spans": spans.all}, sort_keys=True, separators=(",", ":"))
        write_gzip(GOLDEN / f"{folder.name}.spans.json.gz", canonical.encode("ascii") + b"\n")
        listing = json.dumps(found, sort_keys=True, indent=1, allow_nan=False)
        (GOLDEN / f"{folder.name}.answers.json").write_text(listing + "\n", encoding="ascii")
        print(folder.name, found["counts"])


if __name__ == "__main__":
    main([Path(name).resolve() for name in sys.argv[1:]]
         or sorted(path for path in SAMPLES.iterdir() if path.is_dir() and path.name not in ("metrics", "exporters")))
