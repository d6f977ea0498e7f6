"""Alerts and budgets of an objective over time, worked out minute by minute with nothing but sums of lists.

Writes Golden/burn-rates.json: spans (second after `start`, group, whether it is an error) of five days across the end of a
month, and for each objective the alerts that fire and the rows of its ledger. Definitions: Google's SRE workbook, chapter 5 (a
page at 2% of the budget in 1 h and 5 min, at 5% in 6 h and 30 min; a ticket at 10% in 1 d and 2 h, at 10% in 3 d and 6 h), looked
at each full minute t over [t - window, t), both windows above the share of the budget times the period over the long window.
"""

import datetime
import json
import pathlib
import random

START = int(datetime.datetime(2026, 10, 29, 6, tzinfo=datetime.timezone.utc).timestamp())
MINUTES = 5 * 24 * 60
RULES = [("page", 0.02, 60, 5), ("page", 0.05, 360, 30), ("ticket", 0.10, 1440, 120), ("ticket", 0.10, 4320, 360)]


def spans():
    rng = random.Random(7)
    rows = []
    for minute in range(MINUTES):
        if 2000 <= minute < 2500:
            continue  # nobody asks
        for group in ("a", "b"):
            if rng.random() > (0.3 if group == "a" else 0.08):
                continue
            bad = 0.002
            if group == "a" and 700 <= minute < 760:
                bad = 0.5
            if group == "a" and 4000 <= minute < 4900:
                bad = 0.05
            if group == "b" and 3000 <= minute:
                bad = 0.03
            if minute >= MINUTES - 12:
                bad = 0.9  # still firing at the end
            rows.append([minute * 60 + rng.randrange(60), group, rng.random() < bad])
    return rows


def alerts(rows, target, period_days):
    last = max(row[0] for row in rows) // 60 + 1  # the first minute that begins behind all of them
    found = []
    for group in sorted({row[1] for row in rows}):
        total, bad = [0] * last, [0] * last
        for second, _, is_bad in (row for row in rows if row[1] == group):
            total[second // 60] += 1
            bad[second // 60] += is_bad

        def burn(t, length):
            n = sum(total[max(0, t - length):t])
            return sum(bad[max(0, t - length):t]) / n / (1 - target) if n else 0.0

        for alert, share, long, short in RULES:
            if long > period_days * 1440:
                continue
            factor = share * period_days * 1440 / long
            since, peak = None, 0.0
            for t in range(1, last + 1):
                if (rate := burn(t, long)) > factor and burn(t, short) > factor:
                    since, peak = (t if since is None else since), max(peak, rate)
                if since is not None and (not (burn(t, long) > factor and burn(t, short) > factor) or t == last):
                    fires = burn(t, long) > factor and burn(t, short) > factor
                    part = slice(max(0, since - long), t)
                    found.append({
                        "group": group, "alert": alert, "long": long, "fired": since, "resolved": None if fires else t,
                        "peak": peak, "total": sum(total[part]), "bad": sum(bad[part])})
                    since, peak = None, 0.0
    return sorted(found, key=lambda row: (row["fired"], row["long"], row["group"]))


def ledger(rows, target, window_days):
    def sums(key):
        counts = {}
        for second, group, is_bad in rows:
            for name in key(second):
                count = counts.setdefault((group, name), [0, 0])
                count[0] += 1
                count[1] += is_bad
        return [[group, name, total, bad] for (group, name), (total, bad) in sorted(counts.items())]

    day = lambda second: (START + second) // 86400
    days = {group: sorted({day(row[0]) for row in rows if row[1] == group}) for group in ("a", "b")}
    rolling = []
    for group in days:
        for end in days[group]:
            inside = [r for r in rows if r[1] == group and end - window_days < day(r[0]) <= end]
            rolling.append([group, end, len(inside), sum(r[2] for r in inside)])
    month = lambda second: datetime.datetime.fromtimestamp(START + second, datetime.timezone.utc).strftime("%Y-%m")
    return {"months": sums(lambda second: [month(second)]), "rolling": rolling}


def main():
    rows = spans()
    answers = [
        {"target": target, "days": days, "alerts": alerts(rows, target, days), "ledger": ledger(rows, target, days)}
        for target, days in ((0.99, 30), (0.98, 2))
    ]
    for answer in answers:
        assert len(answer["alerts"]) >= 4, "a test of nothing"
    path = pathlib.Path(__file__).parent / "Golden" / "burn-rates.json"
    path.write_text(json.dumps({"start": START, "spans": rows, "answers": answers}, separators=(",", ":")) + "\n")


main()
