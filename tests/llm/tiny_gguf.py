"""Writes a language model that fits into half a megabyte, for real_server.py. Needs the package gguf.

    python tests/llm/tiny_gguf.py FILE

The architecture is that of Llama: 2 layers, 64 wide, a token a character (a byte for what is not ASCII). Weights are
random, from a fixed seed, so that answers are letters without a sense. One direction is not random: the first number
of every token's vector is the same and no layer changes it, so that it can say how likely a token is on the whole.
With it answers end now and then, texts in quotes close, and most of what is said is printable.
"""

import sys

import gguf
import numpy

WIDTH, LAYERS, HEADS, INNER, CONTEXT = 64, 2, 4, 128, 16384
CONSTANT = 4.0         # the first number of every token's vector
SPREAD = 0.35          # of the logits around what the first number says
TEMPLATE = ("{% for message in messages %}[{{ message['role'] }}]\n{{ message['content'] }}\n{% endfor %}"
            "{% if add_generation_prompt %}[assistant]\n{% endif %}")


def vocabulary():
    """Tokens with their types and how likely each is, as a logit."""
    kinds = gguf.TokenType
    tokens = [("<unk>", kinds.UNKNOWN, -8.0), ("<s>", kinds.CONTROL, -8.0), ("</s>", kinds.CONTROL, 0.5)]
    tokens += [(f"<0x{byte:02X}>", kinds.BYTE, -8.0) for byte in range(256)]
    for code in range(32, 127):
        character = chr(code)
        likely = {'"': 2.0, "}": 1.5, "]": 1.0, ",": 1.0, " ": 0.5}.get(character, 0.0 if character.isalnum() else -2.0)
        tokens.append(("\u2581" if character == " " else character, kinds.NORMAL, likely))
    return tokens


def tensors(likely):
    """Names and matrices, each (outputs, inputs)."""
    rng = numpy.random.default_rng(20)

    def matrix(rows, columns, scale):
        return rng.normal(0, scale, (rows, columns)).astype(numpy.float32)

    def layer_out(columns):
        out = matrix(WIDTH, columns, 0.5 / columns**0.5)
        out[0] = 0.0  # leaves the first number as it is
        return out

    embedding = matrix(len(likely), WIDTH, 1.0)
    embedding[:, 0] = CONSTANT
    yield "token_embd.weight", embedding
    ones = numpy.ones(WIDTH, numpy.float32)
    for layer in range(LAYERS):
        yield f"blk.{layer}.attn_norm.weight", ones
        for part in "qkv":
            yield f"blk.{layer}.attn_{part}.weight", matrix(WIDTH, WIDTH, WIDTH**-0.5)
        yield f"blk.{layer}.attn_output.weight", layer_out(WIDTH)
        yield f"blk.{layer}.ffn_norm.weight", ones
        yield f"blk.{layer}.ffn_gate.weight", matrix(INNER, WIDTH, WIDTH**-0.5)
        yield f"blk.{layer}.ffn_up.weight", matrix(INNER, WIDTH, WIDTH**-0.5)
        yield f"blk.{layer}.ffn_down.weight", layer_out(INNER)
    yield "output_norm.weight", ones
    # Behind the last norm the first number is about CONSTANT / sqrt(CONSTANT^2 / WIDTH + 1.3).
    first = CONSTANT / (CONSTANT**2 / WIDTH + 1.3)**0.5
    output = matrix(len(likely), WIDTH, SPREAD * WIDTH**-0.5)
    output[:, 0] = numpy.array(likely, numpy.float32) / first
    yield "output.weight", output


def write(path):
    tokens = vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny-random")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _, _ in tokens])
    writer.add_token_types([kind for _, kind, _ in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)
    for name, values in tensors([likely for _, _, likely in tokens]):
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(sys.argv[1])
