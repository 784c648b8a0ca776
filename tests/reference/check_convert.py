"""`sotto convert` from every format: openai/whisper must load what it writes, every value equal.

usage: check_convert.py PROGRAM ORACLE_DIR
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from oracle_common import ROOT, load_openai, load_reference


def check(program, source, expected_file):
    """Converts `source`; returns how many tensors equal those of `expected_file`, or fails."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "written.pt"
        subprocess.run([program, "convert", source, written], check=True, stdout=subprocess.DEVNULL)
        dims, expected = load_openai(expected_file)
        found_dims, found = load_openai(written)
        assert dict(found_dims) == dict(dims), f"{source}: dims {found_dims}, not {dims}"
        assert list(found) == list(expected), f"{source}: other names, or in another order"
        for name, tensor in expected.items():
            assert found[name].dtype == tensor.dtype, f"{source}: {name} is {found[name].dtype}"
            assert torch.equal(found[name], tensor), f"{source}: {name} has other values"
        loaded = load_reference(written).state_dict()
        for name, tensor in expected.items():
            assert torch.equal(loaded[name], tensor.float()), f"{source}: {name} differs once loaded"
        return len(expected)


def main():
    program, oracle = sys.argv[1], Path(sys.argv[2])
    demo = oracle / "formats" / "demo"
    cases = [
        (ROOT / "assets/demo/demo.pt", ROOT / "assets/demo/demo.pt"),
        (demo / "openai_views.pt", ROOT / "assets/demo/demo.pt"),
        (demo / "hugging_face_float32", demo / "openai_float32.pt"),
        (demo / "hugging_face_bfloat16", demo / "openai_bfloat16.pt"),
    ]
    base = oracle / "base" / "base.pt"
    if base.exists():
        forms = ["openai/base.pt", "ctranslate2", "hugging_face", "hugging_face_sharded"]
        cases += [(oracle / "formats" / form, base) for form in forms]
    for source, expected in cases:
        print(f"{source}: {check(program, source, expected)} tensors equal", flush=True)


if __name__ == "__main__":
    main()
