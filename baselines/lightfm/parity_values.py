"""Writes parity_values.json, which update_test.cpp compares with: what lightfm makes of given parameters and draws.

    python3.11 -m venv venv && venv/bin/pip install 'cython<3' numpy scipy lightfm==1.17
    venv/bin/python baselines/lightfm/parity_values.py > baselines/lightfm/parity_values.json

lightfm draws with a generator of its own; `Draws` repeats it, so that the test can be given the same draws. Each `call`
is one epoch: some examples, then the division by the scale of its lazy regularisation. A call of warp or warp-kos
has one example, since how many draws it takes is not known beforehand.
"""

import itertools
import json
import sys

import numpy as np
from lightfm import LightFM
from lightfm import _lightfm_fast as fast
from scipy import sparse

# More draws than items - 1 give warp-kos a logarithm of 0, in lightfm.
USERS, ITEMS, DIM, MAX_SAMPLED, K, N = 4, 7, 2, 6, 2, 3
KNOWN = [[0, 2, 5], [1, 4], [3, 6, 0], [2, 1, 4, 6]]  # of each user, which are positive
EXAMPLES = [(0, 2, 1.0), (3, 6, 0.5), (2, 0, 2.0), (1, 4, 1.0), (0, 5, 1.0), (3, 1, 1.5)]  # user, item, weight


class Draws:
    """lightfm's rand_r."""

    def __init__(self, state):
        self.state = int(state)

    def next(self):
        self.state = (self.state * 1103515245 + 12345) % 2**32
        x = self.state
        x ^= x >> 11
        x ^= (x << 7) & 0x9D2C5680
        x ^= (x << 15) & 0xEFC60000
        x ^= x >> 18
        return (x % 2**32) // 2


def first_state(seed):
    """What fit_* takes from a fresh generator of this seed."""
    return np.random.RandomState(seed).randint(0, np.iinfo(np.int32).max, size=1).astype(np.uint32)[0]


def features(rng, rows, extra):
    """Own columns with value 1 and some further ones, which rows share."""
    further = rng.uniform(0.2, 1.5, (rows, extra)) * (rng.uniform(size=(rows, extra)) < 0.6)
    return sparse.csr_matrix(np.hstack([np.eye(rows), further]).astype(np.float32))


def state_of(model):
    return {
        side: {
            "vectors": getattr(model, f"{side}_embeddings").ravel().tolist(),
            "sums": getattr(model, f"{side}_embedding_gradients").ravel().tolist(),
            "moments": getattr(model, f"{side}_embedding_momentum").ravel().tolist(),
            "bias": getattr(model, f"{side}_biases").tolist(),
            "bias_sums": getattr(model, f"{side}_bias_gradients").tolist(),
            "bias_moments": getattr(model, f"{side}_bias_momentum").tolist(),
        }
        for side in ("user", "item")
    }


def rounded(value):
    """Seven digits hold a float, and the file stays small."""
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return [rounded(inner) for inner in value] if isinstance(value, list) else value


def randomise(model, rng, item_features, user_features):
    model._initialize(DIM, item_features.shape[1], user_features.shape[1])
    for side in ("item", "user"):
        for name in ("embeddings", "biases"):
            values = getattr(model, f"{side}_{name}")
            values[...] = np.round(rng.normal(0, 0.5, values.shape), 3)
        for name in ("embedding_gradients", "bias_gradients", "embedding_momentum", "bias_momentum"):
            values = getattr(model, f"{side}_{name}")
            values[...] += np.round(rng.uniform(0, 0.5, values.shape), 3)


def negatives(seed, examples):
    """Of each example of bpr; None where one of them is known."""
    draws, found = Draws(first_state(seed)), []
    for user, _, _ in examples:
        for _ in examples:
            item = examples[draws.next() % len(examples)][1]
            if item not in KNOWN[user]:
                break
        else:
            return None
        found.append([item])
    return found


def one_call(model, loss, examples, seed, item_features, user_features, alpha):
    """Runs lightfm and returns the draws that it took, or may have taken, by example."""
    lookup = sparse.csr_matrix(
        (np.ones(sum(map(len, KNOWN)), np.float32), np.concatenate([sorted(k) for k in KNOWN]).astype(np.int32),
         np.cumsum([0] + [len(k) for k in KNOWN]).astype(np.int32)), shape=(USERS, ITEMS))  # fmt: skip
    users, items, weights = (np.array(column) for column in zip(*examples))
    users, items = users.astype(np.int32), items.astype(np.int32)
    labels = np.array([1 if item in KNOWN[user] else -1 for user, item, _ in examples], np.float32)
    weights, order = weights.astype(np.float32), np.arange(len(examples), dtype=np.int32)
    draws, random = Draws(first_state(seed)), np.random.RandomState(seed)
    matrices = [fast.CSRMatrix(item_features), fast.CSRMatrix(user_features)]
    tail = [model._get_lightfm_data(), model.learning_rate, alpha[1], alpha[0]]
    if loss == "logistic":
        fast.fit_logistic(*matrices, users, items, labels, weights, order, *tail, 1)
        return [[] for _ in examples]
    if loss == "bpr":
        # lightfm takes a known item where it finds no other in a few tries; we do not, so look for a seed without.
        while (taken := negatives(seed, examples)) is None:
            seed += 10000
        random = np.random.RandomState(seed)
        fast.fit_bpr(*matrices, fast.CSRMatrix(lookup), users, items, labels, weights, order, *tail, 1, random)
        return taken
    (user, _, _), = examples
    if loss == "warp":
        fast.fit_warp(*matrices, fast.CSRMatrix(lookup), users, items, labels, weights, order, *tail, 1, random)
        return [[draws.next() % ITEMS for _ in range(MAX_SAMPLED)]]
    fast.fit_warp_kos(*matrices, fast.CSRMatrix(lookup), users, order, *tail, K, N, 1, random)
    liked = sorted(KNOWN[user])
    positives = [liked[draws.next() % len(liked)] for _ in range(min(N, len(liked)))]
    return [positives + [0] * (N - len(positives)) + [draws.next() % ITEMS for _ in range(MAX_SAMPLED)]]


def one_case(number, loss, schedule, with_features, alpha):
    rng = np.random.RandomState(number)
    item_features = features(rng, ITEMS, 3) if with_features else sparse.identity(ITEMS, np.float32, "csr")
    user_features = features(rng, USERS, 2) if with_features else sparse.identity(USERS, np.float32, "csr")
    name = loss.replace("_", "-")
    model = LightFM(no_components=DIM, loss=name, learning_schedule=schedule, learning_rate=0.1, max_sampled=MAX_SAMPLED)
    randomise(model, rng, item_features, user_features)
    case = {"loss": loss, "schedule": schedule, "alpha": alpha, "calls": [], "before": state_of(model)}
    for side, matrix in (("user", user_features), ("item", item_features)):
        case[f"{side}_features"] = {
            "offsets": matrix.indptr.tolist(), "columns": matrix.indices.tolist(), "values": matrix.data.tolist(),
            "n_columns": matrix.shape[1]}  # fmt: skip
    disliked = [(1, 3, 1.0), (2, 5, 0.7)] if loss == "logistic" else []
    if loss in ("logistic", "bpr"):
        calls = [EXAMPLES[:4] + disliked, EXAMPLES[2:]]
    else:
        calls = [[example] for example in EXAMPLES]
    for call, examples in enumerate(calls):
        draws = one_call(model, loss, examples, 100 * number + call, item_features, user_features, alpha)
        case["calls"].append([
            {"user": u, "item": i, "weight": 1.0 if loss == "warp_kos" else w, "y": int(i in KNOWN[u]), "draws": d,
             "n_positives": min(N, len(KNOWN[u]))} for (u, i, w), d in zip(examples, draws)])  # fmt: skip
    case["after"] = state_of(model)
    return case


cases = itertools.product(
    ("logistic", "bpr", "warp", "warp_kos"), ("adagrad", "adadelta"), (False, True), ([0.0, 0.0], [0.2, 0.1]))
values = [one_case(number, *case) for number, case in enumerate(cases)]
json.dump(rounded({"known": KNOWN, "items": ITEMS, "dim": DIM, "max_sampled": MAX_SAMPLED, "k": K, "n": N,
                   "lr": 0.1, "cases": values}), sys.stdout, separators=(",", ":"))  # fmt: skip
print()
