"""What `sotto export` writes for base must be what torch, numpy and MediaTek's converter take.

usage: check_torch_load.py PROGRAM ORACLE_DIR

Loads the two TorchScript files with torch.jit.load, runs them beside openai/whisper, reads their
operators and buffers, and loads the embedding with numpy.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import torch

from oracle_common import ROOT, load_reference

BOUND = 1e-4  # of the largest absolute value
LENGTHS = [1, 5, 448]
# Operators that MediaTek's mtk_converter is known to take, with the prim nodes around them.
KNOWN_OPERATORS = {
    "aten::" + name
    for name in (
        "_convolution linear matmul add mul pow floor_divide softmax gelu layer_norm view flatten permute "
        "transpose slice size to Int"
    ).split()
} | {"prim::" + name for name in "Constant GetAttr ListConstruct NumToTensor TupleConstruct TupleUnpack".split()}


def closeness(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


def expect_close(what, found, expected):
    assert found.shape == expected.shape, f"{what}: {tuple(found.shape)}, not {tuple(expected.shape)}"
    ratio = closeness(found, expected)
    print(f"{what}: {ratio:.2e} of the largest value")
    assert ratio <= BOUND, what


def check_operators(path, module):
    kinds = {node.kind() for node in module.inlined_graph.nodes()}
    blocks = [node for node in module.inlined_graph.nodes() if list(node.blocks())]
    assert not blocks, f"{path.name}: control flow, {blocks[0].kind()}"
    assert kinds <= KNOWN_OPERATORS, f"{path.name}: operators {sorted(kinds - KNOWN_OPERATORS)}"
    print(f"{path.name}: operators {' '.join(sorted(kinds))}")


def check_buffers(module, weights, tables):
    """Every parameter and buffer is one of the model's tensors, with its values, and the `tables` are buffers."""
    buffers = dict(module.named_buffers())
    for name, values in tables.items():
        assert name in buffers, f"no buffer {name} among {sorted(buffers)[:8]}…"
        assert torch.equal(buffers[name], values), f"buffer {name} has other values"
    stored = {**dict(module.named_parameters()), **buffers}
    for name, values in weights.items():
        assert name in stored, f"no tensor {name}"
        assert torch.equal(stored[name], values), f"{name} has other values"


def run(program, checkpoint, model):
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "models"
        subprocess.run([program, "export", checkpoint, "-o", bundle], check=True, stdout=subprocess.DEVNULL)
        check_encoder(bundle / "encoder_base_3000.pt", model)
        check_decoder(bundle / "decoder_base_448.pt", model)
        table = numpy.load(bundle / "token_embedding.npy")
        assert table.dtype == numpy.float32, table.dtype
        assert numpy.array_equal(table, model.decoder.token_embedding.weight.detach().numpy())
        print(f"token_embedding.npy: {table.shape}, equal")


def of_half(model, half):
    """The tensors of one half of the model by their names in it."""
    return dict(getattr(model, half).state_dict())


def check_encoder(path, model):
    module = torch.jit.load(str(path))
    check_operators(path, module)
    weights = of_half(model, "encoder")
    check_buffers(module, weights, {"positional_embedding": weights["positional_embedding"]})
    mel = torch.randn(1, 80, 3000, generator=torch.Generator().manual_seed(1))
    expect_close(path.name, module(mel), model.encoder(mel))


def check_decoder(path, model):
    module = torch.jit.load(str(path))
    check_operators(path, module)
    check_buffers(module, of_half(model, "decoder"), {})
    mask = dict(module.named_buffers())["causal_mask"]
    visible = torch.ones(448, 448).tril().bool()
    assert mask.shape == (448, 448) and not mask[visible].any() and (mask[~visible] <= -1e4).all()
    encoded = torch.randn(1, 1500, 512, generator=torch.Generator().manual_seed(2))
    tokens = torch.randint(0, 51865, (1, 448), generator=torch.Generator().manual_seed(3))
    for length in LENGTHS:
        fed = tokens[:, :length]
        logits = module(model.decoder.token_embedding(fed), encoded)
        expect_close(f"{path.name} with {length} tokens", logits, model.decoder(fed, encoded))


def main():
    program, oracle = sys.argv[1], Path(sys.argv[2])
    checkpoint = oracle / "base" / "base.pt"
    if not checkpoint.exists():
        print("skipped: no checkpoint of base")
        sys.exit(77)
    with torch.no_grad():
        run(program, checkpoint, load_reference(checkpoint))


if __name__ == "__main__":
    main()
