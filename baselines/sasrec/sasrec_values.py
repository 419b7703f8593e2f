"""Writes sasrec_values.safetensors, which sasrec_torch_test.cpp compares with: hidden states, losses and gradients.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python baselines/sasrec/sasrec_values.py baselines/sasrec/sasrec_values.safetensors

SASRec once more, as a reader of the papers would write it: batches padded on the left to the longest length, keys of
padding masked, in double precision, without dropout. What is [T x ...] in the file has the tokens of the batch one after
the other, without padding. `weights.*` serve all cases; a variant uses those that it has.
"""

import math
import os
import sys

import torch
from torch.nn import functional

sys.path.append(os.path.join(os.path.dirname(__file__), "../../framework/nn"))
from tensor_file import write  # noqa: E402

ITEMS, DIM, HEADS, BLOCKS, LENGTH, NEGATIVES, GBCE_T = 23, 16, 2, 2, 6, 3, 0.75
EVENTS = [2, 9, 5, 3, 7, 8]  # of each user: 1 to 8 inputs, of which the last LENGTH are read
CASES = [("pre_ln", "ce", True), ("post_ln", "ce", True), ("official_q_only", "ce", True), ("pre_ln", "bce1", True),
         ("pre_ln", "bceN", True), ("pre_ln", "gbce", True), ("pre_ln", "sampled_ce", True), ("pre_ln", "ce", False),
         ("pre_ln", "sampled_ce", False)]  # fmt: skip


def draw_weights():
    """Such as a few steps of training may leave: no bias is 0, no norm 1. Floats, that C++ may have the same."""
    def normal(*shape, around=0.0, by=0.3):
        return (around + by * torch.randn(*shape)).float().double().requires_grad_()

    weights = {"items.ids": normal(ITEMS, DIM), "output": normal(ITEMS, DIM), "positions": normal(LENGTH, DIM)}

    def norm(name):
        weights[f"{name}.weight"], weights[f"{name}.bias"] = normal(DIM, around=1.0), normal(DIM)

    for block in range(BLOCKS):
        prefix = f"transformer.blocks.{block}"
        for layer in ("query", "key", "value", "output", "first", "second"):
            weights[f"{prefix}.{layer}.weight"], weights[f"{prefix}.{layer}.bias"] = normal(DIM, DIM), normal(DIM)
        norm(f"{prefix}.attention_norm")
        norm(f"{prefix}.forward_norm")
    norm("transformer.last_norm")
    return weights


class Model:
    def __init__(self, weights, variant):
        self.weights, self.variant = weights, variant

    def linear(self, name, x):
        return functional.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def norm(self, name, x):
        return functional.layer_norm(x, (DIM,), self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], 1e-8)

    def attention(self, prefix, q_from, kv_from, allowed):
        def split(x):  # [B x L x D] -> [B x heads x L x d]
            return x.view(x.shape[0], LENGTH, HEADS, DIM // HEADS).transpose(1, 2)

        q, k, v = (split(self.linear(f"{prefix}.{name}", x))
                   for name, x in (("query", q_from), ("key", kv_from), ("value", kv_from)))  # fmt: skip
        scores = q @ k.transpose(2, 3) / math.sqrt(DIM // HEADS)
        mixed = scores.masked_fill(~allowed[:, None], -math.inf).softmax(-1) @ v
        mixed = mixed.transpose(1, 2).reshape(q_from.shape)
        return mixed if self.variant == "official_q_only" else self.linear(f"{prefix}.output", mixed)

    def feed_forward(self, prefix, x):
        return self.linear(f"{prefix}.second", functional.relu(self.linear(f"{prefix}.first", x)))

    def block(self, p, x, allowed):
        def attention_norm(y):
            return self.norm(f"{p}.attention_norm", y)

        def forward_norm(y):
            return self.norm(f"{p}.forward_norm", y)

        if self.variant == "pre_ln":
            n = attention_norm(x)
            x = x + self.attention(p, n, n, allowed)
            return x + self.feed_forward(p, forward_norm(x))
        if self.variant == "post_ln":
            x = attention_norm(x + self.attention(p, x, x, allowed))
            return forward_norm(x + self.feed_forward(p, x))
        n = attention_norm(x)
        m = forward_norm(n + self.attention(p, n, x, allowed))
        return m + self.feed_forward(p, m)

    def hidden(self, inputs, real):
        """inputs [B x L], real: where they are no padding."""
        x = self.weights["items.ids"][inputs] * math.sqrt(DIM) + self.weights["positions"]
        causal = torch.ones(LENGTH, LENGTH, dtype=torch.bool).tril()
        # Padding may look at itself, since a row of nothing is NaN; nobody looks at padding.
        allowed = (causal & real[:, None, :]) | torch.eye(LENGTH, dtype=torch.bool)
        for number in range(BLOCKS):
            x = self.block(f"transformer.blocks.{number}", x, allowed)
        return x if self.variant == "post_ln" else self.norm("transformer.last_norm", x)


def loss_of(loss, hidden, table, targets, negatives):
    """Mean over targets. hidden [T x D], targets [T], negatives [T x N]."""
    scores = hidden @ table.T
    if loss == "ce":
        return functional.cross_entropy(scores, targets)
    if loss == "bce1":
        negatives = negatives[:, :1]
    positive, negative = scores.gather(1, targets[:, None]), scores.gather(1, negatives)
    if loss == "sampled_ce":
        return functional.cross_entropy(torch.cat([positive, negative], 1), torch.zeros_like(targets))
    beta = 1.0
    if loss == "gbce":  # sigmoid(s+)^beta in the place of sigmoid(s+)
        alpha = NEGATIVES / (ITEMS - 1)
        beta = alpha * (GBCE_T * (1 - 1 / alpha) + 1 / alpha)
    sums = beta * functional.logsigmoid(positive).sum() + functional.logsigmoid(-negative).sum()
    return -sums / (1 + negatives.shape[1]) / len(targets)


def padded(rows):
    padding = [0] * LENGTH
    return torch.tensor([(padding + row)[-LENGTH:] for row in rows])


def main(path):
    torch.manual_seed(7)
    weights = draw_weights()
    events = [torch.randint(ITEMS, (n,)).tolist() for n in EVENTS]
    inputs, targets = padded([e[:-1] for e in events]), padded([e[1:] for e in events])
    real = padded([[1] * (len(e) - 1) for e in events]).bool()
    negatives = torch.randint(ITEMS, (*inputs.shape, NEGATIVES))
    values = {f"weights.{name}": tensor for name, tensor in weights.items()}
    values["events"] = torch.tensor([e for user in events for e in user])
    values["offsets"] = torch.tensor([0] + EVENTS).cumsum(0)
    values["inputs"], values["targets"], values["negatives"] = inputs[real], targets[real], negatives[real]
    for variant, loss, tied in CASES:
        hidden = Model(weights, variant).hidden(inputs, real)[real]
        table = weights["items.ids" if tied else "output"]
        value = loss_of(loss, hidden, table, targets[real], negatives[real])
        gradients = torch.autograd.grad(value, list(weights.values()), allow_unused=True)
        case = f"{variant}.{loss}.{'tied' if tied else 'untied'}"
        values[f"{variant}.hidden"], values[f"{case}.loss"] = hidden, value[None]
        values.update({f"{case}.gradient.{name}": g for name, g in zip(weights, gradients) if g is not None})
    write(path, values)


main(*sys.argv[1:])
