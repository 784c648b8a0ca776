"""Checkpoints as trainers save them: `sotto convert` must read every value that torch.load gives.

usage: check_trainer_files.py PROGRAM ORACLE_DIR

torch.save writes one small random Whisper in both containers, the pickle protocols 2 to 5, four element
types, bare and under the keys and prefixes that trainers use, with and without dims. What Sotto makes of
each is held to the state dict as torch.load gives it, bit for bit; so are the files of Hugging Face folders
that are named instead of the folder.
"""

import collections
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import torch

from hugging_face_format import hugging_face_name, write_hugging_face
from oracle_common import load_openai, load_reference

DIMS = {
    "n_mels": 80, "n_audio_ctx": 9, "n_audio_state": 64, "n_audio_head": 1, "n_audio_layer": 1,
    "n_vocab": 70, "n_text_ctx": 6, "n_text_state": 64, "n_text_head": 1, "n_text_layer": 2,
}  # fmt: skip
TYPES = [torch.float32, torch.float16, torch.bfloat16, torch.float64]
WRAPPERS = ["model_state_dict", "state_dict", "model", None]
PREFIXES = ["", "module.", "_orig_mod.", "model.", "module._orig_mod.", "_orig_mod.model.module."]
CONTAINERS = ["zip", "legacy"]
PROTOCOLS = [2, 3, 4, 5]


def random_weights(dtype):
    """The state dict of a Whisper of these dims; its numbers fill the type."""
    from whisper.model import ModelDimensions, Whisper

    generator = torch.Generator().manual_seed(7)
    names = Whisper(ModelDimensions(**DIMS)).state_dict()
    made = {name: torch.randn(like.shape, generator=generator, dtype=torch.float64) for name, like in names.items()}
    return collections.OrderedDict((name, values.to(dtype)) for name, values in made.items())


def dims_as(kind):
    convert = {"plain": int, "numpy": numpy.int64, "numpy_small": numpy.uint16}[kind]
    return {name: convert(value) for name, value in DIMS.items()}


def saved(weights, wrapper, dims):
    """What a trainer hands to torch.save."""
    if wrapper is None:
        return weights
    beside = {"epoch": 3, "loss": float("nan"), "best": None, "tags": {"a", "b"}, "raw": b"\x00\xff"}
    whole = {wrapper: weights, **beside, "optimizer": {"state": {0: {"step": torch.tensor(3)}}}}
    return {"dims": dims, **whole} if dims else whole


def variants():
    """(name, object to save, container, protocol) and the state dict in it under OpenAI's names."""
    for container, protocol, dtype in itertools.product(CONTAINERS, PROTOCOLS, TYPES):
        count = len(CONTAINERS) * protocol + TYPES.index(dtype) + CONTAINERS.index(container)
        wrapper, prefix = WRAPPERS[count % len(WRAPPERS)], PREFIXES[count % len(PREFIXES)]
        kind = [None, "plain", "numpy", "numpy_small"][(count // 2) % 4]
        weights = random_weights(dtype)
        of_hugging_face = count % 3 == 0
        named = {
            prefix + (hugging_face_name(name) if of_hugging_face else name): values
            for name, values in weights.items()
        }
        dims = dims_as(kind) if kind else None
        label = f"{container} protocol {protocol} {str(dtype).removeprefix('torch.')} in {wrapper or 'nothing'}"
        label += f" as {prefix}{'model.…layers' if of_hugging_face else '…blocks'}, dims {kind or 'none'}"
        yield label, saved(named, wrapper, dims), container, protocol, weights
    yield from special_variants()


def special_variants():
    weights = random_weights(torch.float16)
    parameters = {name: torch.nn.Parameter(values.float()) for name, values in weights.items()}
    floats = {name: values.float() for name, values in weights.items()}
    for container, protocol in itertools.product(CONTAINERS, [2, 4]):
        yield "parameters", parameters, container, protocol, floats
        turned = {name: values.t().contiguous().t() if values.dim() == 2 else values for name, values in weights.items()}
        yield "transposed", {"state_dict": turned}, container, protocol, weights
        marked = {name: values.clone() for name, values in weights.items()}
        for values in marked.values():
            values.note = "an attribute of its own"
        yield "with attributes", marked, container, protocol, weights
        named = {hugging_face_name(name): values for name, values in weights.items()}
        tied = {**named, "proj_out.weight": named["model.decoder.embed_tokens.weight"]}
        yield "tied head", tied, container, protocol, weights
        wider = {**named, "proj_out.weight": named["model.decoder.embed_tokens.weight"].float()}
        yield "head of another type", wider, container, protocol, weights
        alone = dict(tied)
        del alone["model.decoder.embed_tokens.weight"]
        yield "head alone", alone, container, protocol, weights


def check_saved(program, folder, variant):
    label, whole, container, protocol, expected = variant
    source = folder / "source.pt"
    torch.save(whole, source, pickle_protocol=protocol, _use_new_zipfile_serialization=container == "zip")
    torch.load(source, map_location="cpu")  # torch itself must take it
    check(program, source, folder / "written.pt", label, expected)


def hugging_face_files(folder):
    """(file of a Hugging Face folder, what it holds): the file stands for the folder around it."""
    for dtype in TYPES:
        weights = random_weights(dtype)
        place = folder / str(dtype).removeprefix("torch.")
        write_hugging_face(place, DIMS, weights, shards=1 if dtype == torch.float64 else 2)
        unusual = {"layerdrop": float("nan"), "bounds": [float("inf"), float("-inf")]}
        config = json.loads((place / "config.json").read_text())
        (place / "config.json").write_text(json.dumps({**config, **unusual}))
        named = {hugging_face_name(name): values for name, values in weights.items()}
        torch.save(named, place / "pytorch_model.bin", _use_new_zipfile_serialization=dtype == torch.float32)
        for file in sorted(place.iterdir()):
            yield file, weights


def check(program, source, written, label, expected):
    subprocess.run([program, "convert", source, written], check=True, stdout=subprocess.DEVNULL)
    dims, found = load_openai(written)
    assert dict(dims) == DIMS, f"{label}: dims {dims}"
    assert found.keys() == expected.keys(), f"{label}: {sorted(found.keys() ^ expected.keys())}"
    for name, values in expected.items():
        wanted = values.float() if values.dtype == torch.float64 else values
        assert found[name].dtype == wanted.dtype, f"{label}: {name} is {found[name].dtype}"
        assert torch.equal(found[name], wanted), f"{label}: {name} has other values"


def main():
    program = sys.argv[1]
    count = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for variant in variants():
            check_saved(program, folder, variant)
            count += 1
        for source, expected in hugging_face_files(folder):
            label = f"{source.parent.name}/{source.name}"
            check(program, source, folder / "written.pt", label, expected)
            count += 1
        loaded = load_reference(folder / "written.pt").state_dict()
        assert all(torch.equal(loaded[name], values.float()) for name, values in expected.items())
    print(f"{count} files read as torch reads them, every value equal")


if __name__ == "__main__":
    main()
