"""Writes movielens_values.json: the AUC that lightfm reaches on MovieLens 100K, which movielens_test.cpp compares with.

    python3.11 -m venv venv && venv/bin/pip install 'cython<3' numpy scipy lightfm==1.17
    venv/bin/python baselines/lightfm/movielens_values.py FOLDER/u.data > baselines/lightfm/movielens_values.json

Ten ratings of each user are test, chosen by a hash, as the test chooses them; a rating of 4 or 5 is positive. AUC: mean
over users of the share of (positive test item, item without a training rating) pairs in the right order.
"""

import json
import sys

import numpy as np
from lightfm import LightFM
from scipy import sparse


def place(user, item):
    return ((user * 73856093) ^ (item * 19349663)) * 2654435761 % 2**32


ratings = np.loadtxt(sys.argv[1], int)[:, :3]
users, items = ratings[:, 0].max(), ratings[:, 1].max()
train, test = [], []
for user in range(1, users + 1):
    rows = sorted(ratings[ratings[:, 0] == user].tolist(), key=lambda r: (place(r[0], r[1]), r[1]))
    test += rows[:10]
    train += rows[10:]


def matrix(rows):
    row, column, rating = np.array(rows).T
    values = np.where(rating >= 4, 1, -1).astype(np.float32)
    return sparse.coo_matrix((values, (row - 1, column - 1)), shape=(users, items))


def auc(model):
    known, liked = matrix(train).toarray() != 0, matrix(test).toarray() > 0
    found = []
    for user in range(users):
        if not liked[user].any():
            continue
        scores = model.predict(user, np.arange(items))
        good, rest = scores[liked[user]], scores[~liked[user] & ~known[user]]
        found.append((np.mean(good[:, None] > rest) + np.mean(good[:, None] >= rest)) / 2)
    return float(np.mean(found))


values = {}
for loss in ("logistic", "bpr", "warp"):
    seeds = []
    for seed in (1, 2, 3):
        model = LightFM(no_components=10, loss=loss, learning_rate=0.05, random_state=seed)
        seeds.append(auc(model.fit(matrix(train), epochs=10, num_threads=1)))
    values[loss] = round(float(np.mean(seeds)), 4)
json.dump(values, sys.stdout)
print()
