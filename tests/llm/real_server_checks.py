"""What real_server.py looks at once an experiment has run on a real server: the answers as the cache exports them, what
the cells tell of them, and the replay. Prints a line for each check, and numbers for the reader in between."""

import collections
import json
import os

TABLES = ["metrics.csv", "summary.csv", "table.csv", "table.txt", "table.md"]


def say(text):
    print(text, flush=True)


class Checks:
    def __init__(self):
        self.failed = 0

    def that(self, holds, what):
        say(("  ok      " if holds else "  FAILED  ") + what)
        self.failed += not holds


def modules_of(cells):
    """Reports of all cells by module; the probe is asked once and told of by every cell that rests on it."""
    return {module: report for cell in cells for part in ("modules", "shared_modules")
            for module, report in cell.get(part, {}).items() if module not in ("models", "probe")}


def is_probe(answer):
    return answer["sample"] == 0


def ways(answers):
    """The form in which answers were asked for, and the probes by which it was found."""
    def way(answer):
        return answer["request"].get("response_format", {}).get("type", "text")
    probes = [f"{way(a)}: status {a['status']}" for a in answers if is_probe(a)]
    asked = collections.Counter(way(a) for a in answers if not is_probe(a))
    return probes, asked


def parsed(answer):
    """Choice and usage of an answer's body, as the server wrote them; None where it is none."""
    try:
        body = json.loads(answer["response"])
        return body["choices"][0], body["usage"]
    except (ValueError, LookupError, TypeError):
        return None


def kept_usage(answer):
    return [answer["prompt_tokens"], answer["completion_tokens"], answer["cached_tokens"]]


def reported_usage(usage):
    details = usage.get("prompt_tokens_details") or {}
    return [usage["prompt_tokens"], usage["completion_tokens"], details.get("cached_tokens") or 0]


def check_answers(checks, answers):
    good = [(answer, parsed(answer)) for answer in answers if answer["status"] == 200]
    checks.that(good and all(body for _, body in good), f"{len(good)} answers of status 200 are whole")
    good = [(answer, *body) for answer, body in good if body]
    checks.that(all(a["usage_reported"] and kept_usage(a) == reported_usage(usage) for a, _, usage in good),
                "the usage that was kept is the one that the server reported")
    checks.that(all(usage["completion_tokens"] <= a["request"]["max_tokens"] for a, _, usage in good),
                "no answer is longer than asked")
    ends = collections.Counter(choice["finish_reason"] for _, choice, _ in good)
    say("  ends    " + ", ".join(f"{n} {end}" for end, n in sorted(ends.items())))
    for answer in sorted((a for a in answers if a["status"] != 200), key=lambda a: a["status"]):
        say(f"  other   {answer['status']} {answer['response'][:150]}")
    honoured = [c for a, c, _ in good if a["request"].get("response_format") and not is_probe(a) and c["finish_reason"] == "stop"]
    if honoured:
        objects = sum(1 for choice in honoured if is_object(choice["message"]["content"]))
        say(f"  grammar {objects} of {len(honoured)} finished answers to requests with a response_format are JSON objects")


def is_object(text):
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def check_cells(checks, cells, answers, too_long):
    """too_long: the server is known to refuse the longest prompts."""
    checks.that(all(cell["state"] == "done" for cell in cells), f"all {len(cells)} cells are done")
    modules = modules_of(cells)
    for name, report in sorted(modules.items()):
        say(f"  {name:<9}{report['calls']} calls, {report['requests']} requests, {report['re-asks']} asked again, "
            f"{report['prompt_tokens']} + {report['completion_tokens']} tokens: " +
            ", ".join(f"{n} {outcome}" for outcome, n in sorted(report["outcomes"].items())))
    checks.that(len(modules) == 4 and all(sum(r["outcomes"].values()) == r["calls"] for r in modules.values()),
                "every call of the four modules has an outcome")
    kept = [answer for answer in answers if not is_probe(answer)]
    checks.that(sum(r["requests"] for r in modules.values()) == len(kept),
                f"the {len(kept)} answers of the cache are those of the cells")
    for field in ("prompt_tokens", "completion_tokens"):
        total = sum(answer[field] for answer in kept)
        checks.that(sum(r[field] for r in modules.values()) == total, f"and so are their {total} {field.replace('_', ' ')}")
    outcomes = sum((collections.Counter(r["outcomes"]) for r in modules.values()), collections.Counter())
    counts = sum((collections.Counter(cell["counts"]) for cell in cells if cell["model"] != "popularity"), collections.Counter())
    say("  counts  " + "; ".join(f"{what}: {n}" for what, n in sorted(counts.items())))
    checks.that(any(n for outcome, n in outcomes.items() if outcome != "ok") or counts["lists repaired"] > 0,
                "nonsense is seen and counted")
    if too_long:
        checks.that(outcomes["too long"] > 0, f"prompts that do not fit are counted: {outcomes['too long']}")


def same_bytes(first, second):
    if not os.path.exists(first) or not os.path.exists(second):
        return False
    with open(first, "rb") as one, open(second, "rb") as other:
        return one.read() == other.read()


def check_replay(checks, motive):
    status, printed = motive.run("replayed", "--llm", "replay")
    checks.that(status == 0, "replay with the server gone: exit status 0" + ("" if status == 0 else "\n" + printed))
    for table in TABLES:
        first, second = (os.path.join(motive.folder, name, table) for name in ("asked", "replayed"))
        checks.that(same_bytes(first, second), f"{table} is the same to the byte")
    if status == 0:
        checks.that(modules_of(motive.cells("asked")) == modules_of(motive.cells("replayed")),
                    "and so is what the cells tell of calls")
    status, printed = motive.run("missing", "--llm", "replay", "--set", "models.llm_only.temperature=0.5")
    miss = next((line for line in printed.splitlines() if "replay" in line), printed[-300:])
    checks.that(status == 1 and "replay" in printed, f"replay of what was never asked: exit status {status}: {miss.strip()}")
