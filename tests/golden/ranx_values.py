"""Writes ranx_values.csv, which ranx_test.cpp compares with: random rankings without ties, several positives a user.

    python3 -m venv venv && venv/bin/pip install ranx==0.3.21
    venv/bin/python tests/golden/ranx_values.py > tests/golden/ranx_values.csv
"""

import random

from ranx import Qrels, Run, evaluate

NAMES = {"hr": "hit_rate", "recall": "recall", "precision": "precision", "ndcg": "ndcg", "mrr": "mrr", "map": "map"}
random.seed(1)
users = []  # candidates, ranks of the positives
for _ in range(15):
    candidates = random.randint(1, 40)
    positives = random.randint(1, min(candidates, 7))
    users.append((candidates, sorted(random.sample(range(1, candidates + 1), positives))))

# Two digits: the values come in the order of the sorted ids.
qrels = Qrels({f"u{u:02}": {f"i{r}": 1 for r in ranks} for u, (_, ranks) in enumerate(users)})
run = Run({f"u{u:02}": {f"i{r}": float(-r) for r in range(1, n + 1)} for u, (n, _) in enumerate(users)})

print("candidates,ranks,metric,k,value")
for ours, theirs in NAMES.items():
    for k in (1, 5, 10, 20):
        values = evaluate(qrels, run, f"{theirs}@{k}", return_mean=False)
        for u, (candidates, ranks) in enumerate(users):
            print(f"{candidates},{' '.join(map(str, ranks))},{ours},{k},{float(values[u])!r}")
