"""Writes tensors in the format of safetensors, for the scripts that make the expected values of tests."""

import json
import struct

import torch


def write(path, tensors, texts=None):
    """Length of the header, header, numbers. 64-bit integers and halves stay, all else becomes 32-bit floats; halves come
    last, that every number stands at a multiple of its size. texts: metadata."""
    kinds = {torch.int64: ("I64", "q"), torch.float16: ("F16", "e")}
    header, numbers = {} if texts is None else {"__metadata__": texts}, b""
    for name, tensor in sorted(tensors.items(), key=lambda one: (one[1].dtype == torch.float16, one[0])):
        kind, code = kinds.get(tensor.dtype, ("F32", "f"))
        begin = len(numbers)
        numbers += struct.pack(f"<{tensor.numel()}{code}", *tensor.flatten().tolist())
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [begin, len(numbers)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + numbers)
