"""Writes bert4rec_values.safetensors, which bert4rec_torch_test.cpp compares with: vectors at masks, loss, gradients.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python baselines/bert4rec/bert4rec_values.py baselines/bert4rec/bert4rec_values.safetensors

BERT4Rec once more, as a reader of the paper would write it: batches padded on the left, keys of padding masked, in double
precision, without dropout. What is [H x ...] in the file has the masked tokens of the batch one after the other.
"""

import math
import os
import sys

import torch
from torch.nn import functional

sys.path.append(os.path.join(os.path.dirname(__file__), "../../framework/nn"))
from tensor_file import write  # noqa: E402

ITEMS, DIM, HEADS, BLOCKS, INNER, LENGTH, MASK = 23, 16, 2, 2, 32, 6, -1
WINDOWS = [1, 2, 4, 6, 6]  # events of each sample
HIDDEN = [[0], [1], [0, 2], [1, 4, 5], [5]]  # places that are masked


def draw_weights():
    """Such as a few steps of training may leave: no bias is 0, no norm 1. Floats, that C++ may have the same."""
    def normal(*shape, around=0.0, by=0.3):
        return (around + by * torch.randn(*shape)).float().double().requires_grad_()

    weights = {"items.ids": normal(ITEMS, DIM), "mask": normal(DIM), "positions": normal(LENGTH, DIM), "bias": normal(ITEMS)}

    def norm(name):
        weights[f"{name}.weight"], weights[f"{name}.bias"] = normal(DIM, around=1.0), normal(DIM)

    def linear(name, rows, columns):
        weights[f"{name}.weight"], weights[f"{name}.bias"] = normal(rows, columns), normal(rows)

    norm("input_norm")
    for block in range(BLOCKS):
        prefix = f"transformer.blocks.{block}"
        for layer in ("query", "key", "value", "output"):
            linear(f"{prefix}.{layer}", DIM, DIM)
        linear(f"{prefix}.first", INNER, DIM)
        linear(f"{prefix}.second", DIM, INNER)
        norm(f"{prefix}.attention_norm")
        norm(f"{prefix}.forward_norm")
    linear("head", DIM, DIM)
    norm("head_norm")
    return weights


class Model:
    def __init__(self, weights):
        self.weights = weights

    def linear(self, name, x):
        return functional.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def norm(self, name, x):
        return functional.layer_norm(x, (DIM,), self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], 1e-12)

    def attention(self, prefix, x, allowed):
        def split(y):  # [B x L x D] -> [B x heads x L x d]
            return y.view(y.shape[0], LENGTH, HEADS, DIM // HEADS).transpose(1, 2)

        q, k, v = (split(self.linear(f"{prefix}.{name}", x)) for name in ("query", "key", "value"))
        scores = q @ k.transpose(2, 3) / math.sqrt(DIM // HEADS)
        mixed = scores.masked_fill(~allowed[:, None, None], -math.inf).softmax(-1) @ v
        return self.linear(f"{prefix}.output", mixed.transpose(1, 2).reshape(x.shape))

    def vectors(self, inputs, real):
        """z [B x L x D]; inputs [B x L] with MASK, real: where they are no padding."""
        masked = (inputs == MASK)[:, :, None]
        x = torch.where(masked, self.weights["mask"], self.weights["items.ids"][inputs.clamp(min=0)])
        x = self.norm("input_norm", x + self.weights["positions"])
        for block in range(BLOCKS):
            p = f"transformer.blocks.{block}"
            x = self.norm(f"{p}.attention_norm", x + self.attention(p, x, real))
            inner = functional.gelu(self.linear(f"{p}.first", x))
            x = self.norm(f"{p}.forward_norm", x + self.linear(f"{p}.second", inner))
        return self.norm("head_norm", functional.gelu(self.linear("head", x)))


def padded(rows):
    return torch.tensor([([0] * LENGTH + row)[-LENGTH:] for row in rows])


def main(path):
    torch.manual_seed(11)
    weights = draw_weights()
    events = [torch.randint(ITEMS, (n,)).tolist() for n in WINDOWS]
    shown = [[MASK if place in hidden else item for place, item in enumerate(row)] for row, hidden in zip(events, HIDDEN)]
    inputs, real = padded(shown), padded([[1] * n for n in WINDOWS]).bool()
    places = padded([[int(place in hidden) for place in range(n)] for n, hidden in zip(WINDOWS, HIDDEN)]).bool()
    targets = padded(events)[places]
    z = Model(weights).vectors(inputs, real)[places]
    loss = functional.cross_entropy(z @ weights["items.ids"].T + weights["bias"], targets)
    gradients = torch.autograd.grad(loss, list(weights.values()))
    values = {f"weights.{name}": tensor for name, tensor in weights.items()}
    values.update({f"gradient.{name}": g for name, g in zip(weights, gradients)})
    values["events"] = torch.tensor([e for row in events for e in row])
    values["lengths"] = torch.tensor(WINDOWS)
    values["hidden"] = torch.tensor([place for hidden in HIDDEN for place in hidden])
    values["hidden_counts"] = torch.tensor([len(hidden) for hidden in HIDDEN])
    values["targets"], values["z"], values["loss"] = targets, z, loss[None]
    write(path, values)


main(*sys.argv[1:])
