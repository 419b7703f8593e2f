"""Writes bert_values.safetensors, which the tests of this folder compare with: a small BERT, texts, and their vectors.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python framework/encode/bert_values.py framework/encode/bert_values.safetensors

BERT once more, as a reader of the paper would write it: a batch padded on the right to the longest text, keys of padding
masked, in double precision. Pieces of the texts are cut by hand. Weights are halves, that the file may be small.
"""

import json
import math
import os
import sys

import torch
from torch.nn import functional

sys.path.append(os.path.join(os.path.dirname(__file__), "../../framework/nn"))
from tensor_file import write  # noqa: E402

DIM, HEADS, LAYERS, INNER, POSITIONS, TYPES, LENGTH, EPSILON = 32, 4, 2, 64, 20, 2, 12, 1e-12
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "nail", "polish", "##es", "##er", "##e", "red", "the", "un", "##aff",
              "##able", "!", "-", "日", "本", "cafe", "##s", "a"]  # fmt: skip
TEXTS = {
    "Red nail polishes!": ["red", "nail", "polish", "##es", "!"],
    "": [],
    "ÜNAFFABLE Polisher": ["un", "##aff", "##able", "polish", "##er"],
    "the red-nail [MASK] lacquer": ["the", "red", "-", "nail", "[MASK]", "[UNK]"],
    "日本 Cafés": ["日", "本", "cafe", "##s"],
    "the " * 400: ["the"] * 400,
    "a": ["a"],
}


def draw_weights():
    """Such as training may leave: no bias is 0, no norm 1."""
    def normal(*shape, around=0.0, by=0.3):
        return (around + by * torch.randn(*shape)).half()

    weights = {"embeddings.word_embeddings.weight": normal(len(VOCABULARY), DIM),
               "embeddings.position_embeddings.weight": normal(POSITIONS, DIM),
               "embeddings.token_type_embeddings.weight": normal(TYPES, DIM)}  # fmt: skip

    def norm(name):
        weights[f"{name}.weight"], weights[f"{name}.bias"] = normal(DIM, around=1.0), normal(DIM)

    def linear(name, out, inputs):
        weights[f"{name}.weight"], weights[f"{name}.bias"] = normal(out, inputs), normal(out)

    norm("embeddings.LayerNorm")
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            linear(f"{prefix}.{name}", DIM, DIM)
        norm(f"{prefix}.attention.output.LayerNorm")
        linear(f"{prefix}.intermediate.dense", INNER, DIM)
        linear(f"{prefix}.output.dense", DIM, INNER)
        norm(f"{prefix}.output.LayerNorm")
    return weights


def bert(weights, ids, real):
    """ids, real [B x L], real: where they are no padding. The states of the last layer [B x L x D]."""
    weights = {name: tensor.double() for name, tensor in weights.items()}

    def linear(name, x):
        return functional.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def norm(name, x):
        return functional.layer_norm(x, (DIM,), weights[f"{name}.weight"], weights[f"{name}.bias"], EPSILON)

    def split(x):  # [B x L x D] -> [B x heads x L x d]
        return x.view(*ids.shape, HEADS, DIM // HEADS).transpose(1, 2)

    x = weights["embeddings.word_embeddings.weight"][ids] + weights["embeddings.token_type_embeddings.weight"][0]
    x = norm("embeddings.LayerNorm", x + weights["embeddings.position_embeddings.weight"][: ids.shape[1]])
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        q, k, v = (split(linear(f"{prefix}.attention.self.{name}", x)) for name in ("query", "key", "value"))
        scores = q @ k.transpose(2, 3) / math.sqrt(DIM // HEADS)
        mixed = scores.masked_fill(~real[:, None, None, :], -math.inf).softmax(-1) @ v
        mixed = mixed.transpose(1, 2).reshape(x.shape)
        x = norm(f"{prefix}.attention.output.LayerNorm", x + linear(f"{prefix}.attention.output.dense", mixed))
        inner = functional.gelu(linear(f"{prefix}.intermediate.dense", x))
        x = norm(f"{prefix}.output.LayerNorm", x + linear(f"{prefix}.output.dense", inner))
    return x


def main(path):
    torch.manual_seed(7)
    weights = draw_weights()
    ids = [[VOCABULARY.index(p) for p in ["[CLS]", *pieces[: LENGTH - 2], "[SEP]"]] for pieces in TEXTS.values()]
    lengths = torch.tensor([len(row) for row in ids])
    padded = torch.tensor([row + [0] * (LENGTH - len(row)) for row in ids])
    real = torch.arange(LENGTH) < lengths[:, None]
    states = bert(weights, padded, real)
    mean = (states * real[:, :, None]).sum(1) / lengths[:, None]
    values = {f"weights.{name}": tensor for name, tensor in weights.items()}
    values.update({"ids": padded[real], "lengths": lengths, "mean": mean, "cls": states[:, 0].clone()})
    values["mean.normalized"] = functional.normalize(mean)
    write(path, values, {"vocabulary": "\n".join(VOCABULARY) + "\n", "texts": json.dumps(list(TEXTS))})


main(*sys.argv[1:])
