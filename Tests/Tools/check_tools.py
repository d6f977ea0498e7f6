"""Reads a store with the tools that the README names, as the README says, and holds what they find against ttaq.

Usage: check_tools.py FOLDER-OF-TTAQ README.md
"""

import csv
import io
import json
import math
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import duckdb
import pandas

CHAPTER = "## In other tools"
SERVER_SECONDS = 60
# What does not come from PyPI.
OPTIONAL = ("soffice", "sqlite3")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Chapter:
    """The fenced blocks of the chapter, each with the block of output right below it, if there is one."""

    def __init__(self, readme):
        text = readme.split(CHAPTER + "\n", 1)
        if len(text) < 2:
            sys.exit(f"check-tools: expected the chapter '{CHAPTER}' in the README")
        chapter = re.split(r"^## ", text[1], flags=re.M)[0]
        blocks = [(m[1], m[2], m.start(), m.end()) for m in re.finditer(r"^```(\w*)\n(.*?)^```$\n", chapter, re.M | re.S)]
        self.blocks = []
        for place, (language, code, _, end) in enumerate(blocks):
            if language not in ("sh", "python"):
                continue
            below = blocks[place + 1] if place + 1 < len(blocks) else None
            is_output = below and below[0] == "" and chapter[end:below[2]].strip() == ""
            self.blocks.append((language, code, below[1] if is_output else None))


class Servers:
    """Datasette, started by a line of the README on a port that is free, ended with the checks."""

    def __init__(self):
        self.port = free_port()
        self.running = []

    def start(self, line, environment):
        words = line.removesuffix("&").split() + ["--port", str(self.port)]
        log = open("datasette.log", "w")
        self.running.append(subprocess.Popen(words, env=environment, stdout=log, stderr=log))
        deadline = time.monotonic() + SERVER_SECONDS
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/versions.json").close()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("check-tools: datasette did not answer:\n" + open("datasette.log").read())

    def json(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
            return json.load(answer)

    def end(self):
        for server in self.running:
            server.terminate()
            server.wait()


def run_chapter(chapter, servers, environment):
    for language, code, expected in chapter.blocks:
        if language == "python":
            script = code
            output = run([sys.executable, "-c", script], environment)
        else:
            output = ""
            for line in code.replace("\\\n", "").splitlines():
                tool = line.split(" ")[0]
                if tool in OPTIONAL and not shutil.which(tool):
                    print(f"check-tools: SKIPPED the line of {tool}, which is not there", file=sys.stderr)
                elif line.startswith("datasette "):
                    servers.start(line, environment)
                else:
                    line = line.replace("127.0.0.1:8001", f"127.0.0.1:{servers.port}")
                    output += run(["bash", "-c", line], environment)
        if expected is not None and trimmed(output) != trimmed(expected):
            sys.exit(f"check-tools: the README's block\n{code}expected\n{expected}found\n{output}")
    return len(chapter.blocks)


def trimmed(text):
    return [line.rstrip() for line in text.strip().splitlines()]


def run(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"check-tools: {command[-1]}\nexit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(holds, rule):
    if not holds:
        sys.exit(f"check-tools: does not hold: {rule}")


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def check_spreadsheet(ttaq, spans):
    """What Python's csv reads, and LibreOffice behind it, is the view, value by value."""
    with open("spans.csv", newline="") as file:
        exported = list(csv.DictReader(file))
    by_id = {row["span_id"]: row for row in exported}
    check(len(by_id) == len(spans), "spans.csv has a row a span")
    for span in spans:
        row = by_id[span["span_id"]]
        for column, value in span.items():
            same = float(row[column]) == value if isinstance(value, float) else row[column] == str(value if value is not None else "")
            check(same, f"{column} of span {span['span_id']} is the view's in spans.csv")
    if not os.path.exists("spans.xlsx"):
        return
    run(["soffice", "--headless", "--convert-to", "csv", "--outdir", "back", "spans.xlsx"], os.environ)
    with open("back/spans.csv", newline="") as file:
        back = list(csv.DictReader(file))
    for row, original in zip(back, exported, strict=True):
        for column in ("trace_id", "span_id", "parent_span_id", "name", "start_time", "attributes"):
            check(row[column] == original[column], f"LibreOffice keeps {column}")
        check(math.isclose(float(row["duration_ms"]), float(original["duration_ms"])), "LibreOffice reads durations")


def check_quantiles(ttaq):
    """numpy's percentiles, DuckDB's and ttaq's are the same."""
    answers = {row["service"]: float(row["p95_ms"]) for row in rows(ttaq("percentiles", "--by", "service"))}
    frame = pandas.read_csv("spans.csv", dtype={"trace_id": str, "span_id": str, "parent_span_id": str})
    by_pandas = frame.groupby("service").duration_ms.quantile(0.95).to_dict()
    by_duckdb = dict(duckdb.sql("SELECT service, quantile_cont(duration_ms, 0.95) FROM 'spans.csv' GROUP BY 1").fetchall())
    check(len(answers) == 4, "the demo has four services")
    for service, value in answers.items():
        for tool, found in (("pandas", by_pandas), ("DuckDB", by_duckdb)):
            check(math.isclose(found[service], value, rel_tol=1e-9), f"{tool}'s p95 of {service} is ttaq's")


def check_views(store, ttaq, servers):
    """Every view of the file, in Python's SQLite and in Datasette."""
    views = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name")]
    check("spans" in views and "rollups" in views, "the file has its views")
    for view in views:
        (count,) = store.execute(f'SELECT count(*) FROM "{view}"').fetchone()
        told = int(rows(ttaq("sql", f'SELECT count(*) AS n FROM "{view}"'))[0]["n"])
        check(count == told, f"Python counts {view} as ttaq does")
        columns = [row[1] for row in store.execute(f'PRAGMA table_info("{view}")')]
        page = servers.json(f"/run/{view}.json?_size=3&_shape=objects")
        check(len(page["rows"]) == min(3, count), f"Datasette serves {view}")
        check(all(list(row) == columns for row in page["rows"]), f"Datasette serves the columns of {view}")
    return views


def main():
    folder, readme = os.path.abspath(sys.argv[1]), open(sys.argv[2]).read()
    tools = os.path.dirname(os.path.abspath(sys.executable))
    environment = dict(os.environ, PATH=f"{folder}:{tools}:{os.environ['PATH']}", TZ="UTC")
    for name in ("TTAQ_DB", "TTAQ_PRICES"):
        environment.pop(name, None)

    def ttaq(*arguments):
        return run([os.path.join(folder, "ttaq"), *arguments, "--db", "run.db", "--format", "csv"], environment)

    servers = Servers()
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        run([os.path.join(folder, "ttaq"), "demo", "--db", "run.db"], environment)
        try:
            blocks = run_chapter(Chapter(readme), servers, environment)
            store = sqlite3.connect("file:run.db?mode=ro", uri=True)
            cursor = store.execute("SELECT * FROM spans")
            names = [column[0] for column in cursor.description]
            spans = [dict(zip(names, row)) for row in cursor]
            check_spreadsheet(ttaq, spans)
            check_quantiles(ttaq)
            views = check_views(store, ttaq, servers)
            store.close()
        finally:
            servers.end()
            os.chdir("/")
    print(f"check-tools: {blocks} blocks of the README and {len(views)} views hold", file=sys.stderr)


main()
