"""What the parts of the oracle share: where things are, stamps, atomic folders, models."""

import contextlib
import hashlib
import importlib.metadata
import inspect
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Absent(Exception):
    """Something that a part needs is not on this machine."""


@dataclass(frozen=True)
class Context:
    out: Path
    base: Path | None  # as the user gave it
    shared: Path | None
    vad: Path | None = None  # the wheel of silero-vad

    @property
    def base_openai(self):
        """Whisper base in OpenAI's format, made by the part `base`."""
        return self.out / "base" / "base.pt"

    @property
    def demo(self):
        return ROOT / "assets" / "demo" / "demo.pt"


def existing(path, what):
    """`path`, or Absent."""
    if path is None or not path.exists():
        raise Absent(f"no {what}" if path is None else f"no {what} at {path}")
    return path


def digest(path):
    """SHA-256 of a file, in hexadecimal."""
    result = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            result.update(block)
    return result.hexdigest()


def scripts_of(module, found=None):
    """The oracle's own source files that `module` is made of: itself and those it imports."""
    found = set() if found is None else found
    path = Path(getattr(module, "__file__", None) or "/").resolve()
    if path.parent == HERE and path not in found:
        found.add(path)
        for value in vars(module).values():
            scripts_of(value if inspect.ismodule(value) else inspect.getmodule(value), found)
    return sorted(found)


def stamp_of(context, part):
    """A line a thing that the data of `part` depends on; raises Absent where an input is."""
    lines = [f"{name} {importlib.metadata.version(name)}" for name in ("openai-whisper", "numpy", "torch")]
    lines += [f"{path.name} {digest(path)}" for path in scripts_of(part)]
    lines += [f"{Path(path).name} {digest(path)}" for path in part.inputs(context)]
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def replace_folder(folder):
    """A new empty folder beside `folder` that takes its place when the block ends well."""
    new = folder.with_name(f".{folder.name}.new-{os.getpid()}")
    new.mkdir(parents=True)
    try:
        yield new
        if folder.exists():
            shutil.rmtree(folder)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def write_json(path, data):
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def save_openai(path, dims, tensors):
    """Writes a checkpoint as OpenAI does: torch.save of dims and state dict."""
    import torch

    torch.save({"dims": dict(dims), "model_state_dict": tensors}, path)


def load_openai(path):
    """(dims, state dict) of a checkpoint of OpenAI's format."""
    import torch

    saved = torch.load(path, map_location="cpu")
    return saved["dims"], saved["model_state_dict"]


def load_reference(path):
    """The reference's own model of a checkpoint, float32, ready to run."""
    import whisper

    return whisper.load_model(str(path), device="cpu").eval()
