"""Writes elastic_net_expected.h: what scikit-learn's ElasticNet makes of a small matrix.

    python3 elastic_net_expected.py > elastic_net_expected.h        (numpy, scikit-learn; made with 1.9.1)

sklearn minimises |y - Xw|^2 / (2 U) + alpha l1_ratio |w|_1 + alpha (1 - l1_ratio) / 2 |w|^2.
"""

import numpy as np
import sklearn
from sklearn.linear_model import ElasticNet

USERS, ITEMS = 50, 12
CASES = [(1.0, 2.0, True), (0.1, 0.5, True), (4.0, 10.0, True), (0.5, 1.0, False), (2.0, 0.1, False)]


def weights(x, l1, l2, positive):
    result = np.zeros((ITEMS, ITEMS))
    alpha, l1_ratio = (l1 + l2) / USERS, l1 / (l1 + l2)
    for j in range(ITEMS):
        others = x.copy()
        others[:, j] = 0
        net = ElasticNet(
            alpha=alpha, l1_ratio=l1_ratio, positive=positive, fit_intercept=False, tol=1e-12, max_iter=10**6
        )
        result[:, j] = net.fit(others, x[:, j]).coef_
    return result


def main():
    rng = np.random.default_rng(1)
    # Items of two kinds and of uneven popularity, so that weights of both signs come about.
    kind = rng.integers(2, size=USERS)
    taste = np.where((np.arange(ITEMS) % 2)[None, :] == kind[:, None], 0.7, 0.2)
    x = (rng.random((USERS, ITEMS)) < taste * np.linspace(1.2, 0.5, ITEMS)).astype(float)
    print("#pragma once")
    print(f"// Written by elastic_net_expected.py (scikit-learn {sklearn.__version__}). Do not edit.")
    print("#include <cstdint>\n#include <vector>\n")
    print("namespace motive::slim {\n")
    print(f"inline constexpr std::size_t kExpectedItems = {ITEMS};")
    print("inline const std::vector<std::vector<std::uint32_t>> kExpectedHistories = {")
    for row in x:
        print("    {" + ", ".join(map(str, np.flatnonzero(row))) + "},")
    print("};\n")
    print("struct ExpectedWeights {\n  double l1, l2;\n  bool non_negative;")
    print("  std::vector<std::vector<double>> weights;  // [I][I]: row i, column j\n};")
    print("inline const std::vector<ExpectedWeights> kExpectedWeights = {")
    for l1, l2, positive in CASES:
        print(f"    {{{l1}, {l2}, {str(positive).lower()}, {{")
        for row in weights(x, l1, l2, positive):
            print("        {" + ", ".join(f"{w:.6f}" if w else "0" for w in row) + "},")
        print("    }},")
    print("};\n\n}  // namespace motive::slim")


main()
