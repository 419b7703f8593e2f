"""An external method in thirty lines: items by their number of training events.

    python3 example_popularity.py fit MODEL
    python3 example_popularity.py rank MODEL QUERIES

experiment.yaml:
    models:
      - external:
          command: [python3, baselines/external/example_popularity.py]
          abilities: {stochastic: false, unseen_users: true, empty_history: true, unseen_items: true,
                      personalised: false}
"""

import csv
import json
import os
import sys
from collections import Counter, defaultdict


def rows(folder, name):
    with open(os.path.join(folder, name), newline="", encoding="utf-8", errors="surrogateescape") as file:
        yield from csv.DictReader(file)


def fit(model):
    counts = Counter(row["item"] for row in rows(model, "train.csv"))
    with open(os.path.join(model, "counts.json"), "w", encoding="ascii") as file:
        json.dump(counts, file)


def rank(model, queries):
    with open(os.path.join(model, "counts.json"), encoding="ascii") as file:
        counts = json.load(file)
    candidates = None  # no candidates.csv: all items
    if os.path.exists(os.path.join(queries, "candidates.csv")):
        candidates = defaultdict(list)
        for row in rows(queries, "candidates.csv"):
            candidates[row["query"]].append(row["item"])
    items = [row["item"] for row in rows(model, "items.csv")]
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")
    answer = csv.writer(sys.stdout, lineterminator="\n")
    answer.writerow(["query", "item", "score"])
    for row in rows(queries, "queries.csv"):
        for item in items if candidates is None else candidates[row["query"]]:
            answer.writerow([row["query"], item, counts.get(item, 0)])


if __name__ == "__main__":
    {"fit": fit, "rank": rank}[sys.argv[1]](*sys.argv[2:])
