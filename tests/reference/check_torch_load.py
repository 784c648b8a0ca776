"""The artifacts of base must be, in torch and in numpy, what openai/whisper computes.

usage: check_torch_load.py PROGRAM ORACLE_DIR

Exports base, loads the two TorchScript files with torch.jit.load, holds their operators to those that
MediaTek's converter takes, their buffers to the reference's tensors and what they compute to what
the reference computes; then loads the embedding with numpy.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import torch

from oracle_common import ROOT, load_reference

sys.path.insert(0, str(ROOT / "tests" / "emitters"))
from check_operators import check_module  # noqa: E402

BOUND = 1e-4  # of the largest absolute value
LENGTHS = [1, 5, 448]


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def expect_close(what, found, expected):
    assert found.shape == expected.shape, f"{what}: {tuple(found.shape)}, not {tuple(expected.shape)}"
    ratio = float((found - expected).abs().max() / expected.abs().max())
    print(f"{what}: {ratio:.2e} of the largest value")
    assert ratio <= BOUND, what


def expect_buffers(path, module, tensors):
    """The module's buffers are `tensors` by their names with _ for dots, with their values, and no others."""
    expected = {name.replace(".", "_"): values for name, values in tensors.items()}
    found = dict(module.named_buffers())
    assert found.keys() == expected.keys(), f"{path.name}: {sorted(found.keys() ^ expected.keys())}"
    for name, values in expected.items():
        assert torch.equal(found[name], values), f"{path.name}: {name} has other values"


def causal_mask(length):
    return torch.full((length, length), -1e4).triu(1)


def check_encoder(path, model):
    module = check_module(path, "WhisperEncoderCore")
    expect_buffers(path, module, model.encoder.state_dict())
    mel = torch.randn(1, model.dims.n_mels, 3000, generator=seeded(1))
    expect_close(path.name, module(mel), model.encoder(mel))


def check_decoder(path, model):
    module = check_module(path, "WhisperDecoderCore")
    mask = causal_mask(model.dims.n_text_ctx)
    expect_buffers(path, module, {**model.decoder.state_dict(), "causal_mask": mask})
    encoded = torch.randn(1, model.dims.n_audio_ctx, model.dims.n_audio_state, generator=seeded(2))
    tokens = torch.randint(0, model.dims.n_vocab, (1, model.dims.n_text_ctx), generator=seeded(3))
    for length in LENGTHS:
        fed = tokens[:, :length]
        logits = module(model.decoder.token_embedding(fed), encoded)
        expect_close(f"{path.name} with {length} tokens", logits, model.decoder(fed, encoded))


def check_embedding(path, model):
    table = numpy.load(path)
    assert table.dtype == numpy.float32, table.dtype
    assert numpy.array_equal(table, model.decoder.token_embedding.weight.numpy())
    print(f"{path.name}: {table.shape}, every value equal")


def main():
    program, checkpoint = sys.argv[1], Path(sys.argv[2]) / "base" / "base.pt"
    if not checkpoint.exists():
        print("skipped: no checkpoint of base")
        sys.exit(77)
    model = load_reference(checkpoint)
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        bundle = Path(folder) / "models"
        subprocess.run([program, "export", checkpoint, "-o", bundle], check=True, stdout=subprocess.DEVNULL)
        check_encoder(bundle / "encoder_base_3000.pt", model)
        check_decoder(bundle / "decoder_base_448.pt", model)
        check_embedding(bundle / "token_embedding.npy", model)


if __name__ == "__main__":
    main()
