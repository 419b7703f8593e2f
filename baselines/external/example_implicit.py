"""The library `implicit` as an external method: ALS or BPR, on the data and under the protocol of everything else.

    python3 -m venv env && env/bin/pip install implicit        # 0.7 or newer; brings NumPy and SciPy
    PATH=$PWD/env/bin:$PATH ./motive run experiments/external-implicit.yaml

Options (all may be left out): model als | bpr, factors, iterations, regularization, alpha (als), learning_rate (bpr),
top: in full ranking, how many items are printed of each user beside his history; the others tie below them, so metrics at
cutoffs up to `top` are those of all scores.
Users without training events are given a vector by one half-step of ALS on their history; BPR has none for them.
"""

import csv
import json
import os
import sys

try:
    import numpy as np
    from scipy.sparse import csr_matrix
    from threadpoolctl import threadpool_limits
    import implicit  # noqa: F401 - before the limit, which holds for loaded libraries only
except ImportError as missing:
    sys.exit(f"{missing}: this Python ({sys.executable}) lacks what example_implicit.py needs. Say `pip install implicit "
             "threadpoolctl` in its environment, or name another environment's python in `command`.")


def rows(folder, name):
    with open(os.path.join(folder, name), newline="", encoding="utf-8", errors="surrogateescape") as file:
        yield from csv.DictReader(file)


def numbers(folder, name, key):
    """Raw ids in the order of the file: their places are rows and columns of the matrix."""
    return {row[key]: place for place, row in enumerate(rows(folder, name))}


def request(folder):
    with open(os.path.join(folder, "request.json"), encoding="utf-8") as file:
        return json.load(file)


def make_model(asked):
    options = asked["options"]
    common = {"factors": int(options.get("factors", 64)), "iterations": int(options.get("iterations", 15)),
              "regularization": float(options.get("regularization", 0.1)), "num_threads": asked["threads"],
              "random_state": asked["seed"] % 2**31}
    if options.get("model", "als") == "als":
        from implicit.cpu.als import AlternatingLeastSquares
        return AlternatingLeastSquares(alpha=float(options.get("alpha", 50)), **common)
    if options["model"] == "bpr":
        from implicit.cpu.bpr import BayesianPersonalizedRanking
        return BayesianPersonalizedRanking(learning_rate=float(options.get("learning_rate", 0.1)), **common)
    sys.exit(f"model: '{options['model']}' is neither als nor bpr")


def fit(folder):
    users, items = numbers(folder, "users.csv", "user"), numbers(folder, "items.csv", "item")
    pairs = sorted({(users[row["user"]], items[row["item"]]) for row in rows(folder, "train.csv")})
    place = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    seen = csr_matrix((np.ones(len(pairs), np.float32), (place[:, 0], place[:, 1])), shape=(len(users), len(items)))
    model = make_model(request(folder))
    with threadpool_limits(1, "blas"):  # as the library asks: its own threads do the work
        model.fit(seen, show_progress=False)
    model.save(os.path.join(folder, "model.npz"))


def load(folder):
    asked = request(folder)
    return make_model(asked).__class__.load(os.path.join(folder, "model.npz"))


def user_vectors(model, queries, history, users):
    """[Q x D]: what was learnt of users in training; for others what their history says."""
    vectors = model.user_factors[[users[user] for user, _ in queries]].copy()
    new = [q for q, (_, known) in enumerate(queries) if not known]
    if new and not hasattr(model, "recalculate_user"):
        sys.exit("bpr has no vectors of users without training events; leave unseen_users out of `abilities`")
    for q in new:
        row = csr_matrix((np.ones(len(history[q]), np.float32), ([0] * len(history[q]), history[q])),
                         shape=(1, model.item_factors.shape[0]))
        vectors[q] = model.recalculate_user(0, row)
    return vectors


def rank(folder, asked):
    users, items = numbers(folder, "users.csv", "user"), numbers(folder, "items.csv", "item")
    ids = list(items)
    top = int(request(folder)["options"].get("top", 100))
    model = load(folder)
    queries = [(row["user"], row["in_training"] == "1") for row in rows(asked, "queries.csv")]
    history = [[] for _ in queries]
    for row in rows(asked, "history.csv"):
        history[int(row["query"])].append(items[row["item"]])
    history = [sorted(set(seen)) for seen in history]
    candidates = None
    if os.path.exists(os.path.join(asked, "candidates.csv")):
        candidates = [[] for _ in queries]
        for row in rows(asked, "candidates.csv"):
            candidates[int(row["query"])].append(items[row["item"]])
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")
    answer = csv.writer(sys.stdout, lineterminator="\n")
    answer.writerow(["query", "item", "score"])
    vectors = user_vectors(model, queries, history, users)
    for q, vector in enumerate(vectors):
        if candidates is not None:
            listed = candidates[q]
            scores = model.item_factors[listed] @ vector
        else:
            all_scores = model.item_factors @ vector
            most = min(top + len(history[q]), len(ids))
            listed = np.argpartition(-all_scores, most - 1)[:most]
            scores = all_scores[listed]
        answer.writerows((q, ids[i], float(s)) for i, s in zip(listed, scores))


if __name__ == "__main__":
    {"fit": fit, "rank": rank}[sys.argv[1]](*sys.argv[2:])
