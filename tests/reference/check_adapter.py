"""`sotto convert` and `sotto export` of LoRA adapters: the merge must be torch's, tensor by tensor, and the text of
a recording too.

usage: check_adapter.py PROGRAM ORACLE_DIR

Every case is an adapter of random numbers for the demo model, written as PEFT writes it.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import torch

import peft_merge
from hugging_face_format import hugging_face_name
from oracle_common import ROOT, load_openai, save_openai

DEMO = ROOT / "assets" / "demo" / "demo.pt"
CLIPS = [ROOT / "assets" / "demo" / "clips" / name for name in ("demo_en.wav", "demo_zh.wav")]
PREFIX = "base_model.model."


@dataclass
class Case:
    name: str
    config: dict = field(default_factory=dict)
    strength: float = 0.1  # of a product beside the weight that it is added to
    dtype: torch.dtype = torch.float32
    whole: tuple = ()  # OpenAI's names of tensors that the file holds whole
    file: str = "adapter_model.safetensors"
    adapter_name: str = ""  # where it was left in the tensors' names


CASES = [
    Case("plain"),
    Case("strong", {"r": 32, "lora_alpha": 64}, strength=0.5),
    Case("root of the rank", {"use_rslora": True, "r": 16, "lora_alpha": 8}),
    Case(
        "patterns",
        {
            "rank_pattern": {"decoder.layers.[12].*q_proj": 3, r"^model\.encoder.*": 12, "v_proj": 2},
            "alpha_pattern": {"layers.0.self_attn.v_proj": 7, "v_proj": 0.5, "encoder_attn.q_proj": 30},
        },
    ),
    Case("all linear", {"target_modules": "all-linear", "r": 4}, strength=0.05),
    Case("regular expression", {"target_modules": r".*decoder.*(self_attn|encoder_attn)\.(q|k|v|out)_proj$"}),
    Case(
        "some layers",
        {
            "target_modules": ["fc1", "fc2", "k_proj"],
            "layers_to_transform": [1, 2],
            "layers_pattern": "layers",
            "exclude_modules": r".*encoder\.layers\.\d\.fc2",
        },
    ),
    Case("convolutions", {"target_modules": ["conv1", "conv2"]}),
    Case("token embedding", {"target_modules": ["embed_tokens", "q_proj"]}, strength=0.02),
    Case("head", {"target_modules": ["proj_out", "fc2"], "fan_in_fan_out": True}, strength=0.02),
    Case("all biases", {"bias": "all"}, whole=("bias",)),
    Case(
        "modules to save",
        {"modules_to_save": ["layer_norm", "conv1"]},
        whole=("encoder.ln_post", "decoder.ln.", "encoder.conv1"),
    ),
    Case("biases of products", {"lora_bias": True, "target_modules": ["q_proj", "out_proj"]}),
    Case("float16", dtype=torch.float16, file="adapter_model.bin"),
    Case("bfloat16, name left in", dtype=torch.bfloat16, adapter_name=".default"),
]


def random(shape, generator, scale=1.0):
    return torch.randn(shape, generator=generator) * scale


def make_parts(case, config, tensors, generator):
    """Random products of every target, of the strength that the case asks for."""
    modules = peft_merge.modules_of(tensors)
    parts = {}
    for module, name in modules.items():
        kind = peft_merge.kind_of(module, tensors, modules)
        if not peft_merge.is_target(config, module, kind):
            continue
        shape, rank = tensors[name].shape, peft_merge.rank_of(config, module)
        shapes = {
            "linear": ((rank, shape[-1]), (shape[0], rank)),
            "conv": ((rank, *shape[1:]), (shape[0], rank, 1)),
            "embedding": ((rank, shape[0]), (shape[1], rank)),
        }[kind]
        a, b = random(shapes[0], generator), random(shapes[1], generator)
        size = peft_merge.delta_of(kind, a, b).std() * peft_merge.factor_of(config, module)
        b *= case.strength * tensors[name].float().std() / size
        parts[module] = {"A": a.to(case.dtype), "B": b.to(case.dtype)}
        if config["lora_bias"]:
            parts[module]["bias"] = random(shape[:1], generator, 0.01).to(case.dtype)
    return parts


def make_whole(case, tensors, generator):
    whole = {}
    for name, tensor in tensors.items():
        if any(part in name for part in case.whole):
            noise = random(tensor.shape, generator, 0.02)
            whole[name] = (tensor.float() * (1 + noise)).to(case.dtype)
    return whole


def write_adapter(folder, case, config, parts, whole):
    from safetensors.torch import save_file

    saved = {}
    for module, part in parts.items():
        infix = "embedding_" if "embed_" in module else ""
        field = "" if infix else ".weight"
        for letter in "AB":
            saved[f"{PREFIX}{module}.lora_{infix}{letter}{case.adapter_name}{field}"] = part[letter].contiguous()
        if "bias" in part:
            saved[f"{PREFIX}{module}.lora_B{case.adapter_name}.bias"] = part["bias"]
    for name, tensor in whole.items():
        module, kind = hugging_face_name(name).rsplit(".", 1)
        wrapped = ".base_layer" if module in parts else ""
        saved[f"{PREFIX}{module}{wrapped}.{kind}"] = tensor.contiguous()
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2))
    if case.file.endswith(".bin"):
        torch.save(saved, folder / case.file)
    else:
        save_file(saved, folder / case.file, metadata={"format": "pt"})


def compare(expected, written):
    """Elements that differ at all; fails where one is more than the next float16 away."""
    _, found = load_openai(written)
    assert list(found) == list(expected), "other names, or in another order"
    differing = 0
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype == torch.float16, name
        different = found[name] != tensor
        differing += int(different.sum())
        # Neighbours in float16 are neighbours as integers: of the same sign, which both zeros have.
        steps = found[name][different].view(torch.int16).int() - tensor[different].view(torch.int16).int()
        assert bool((steps.abs() <= 1).all()), f"{name}: not one rounding away"
    return differing


def text_of(program, model):
    command = [program, "transcribe", *CLIPS, "-m", model, "-f", "none"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def check(program, case, number, folder):
    dims, tensors = load_openai(DEMO)
    generator = torch.Generator().manual_seed(number)
    config = {**peft_merge.DEFAULTS, **case.config}
    parts = make_parts(case, config, tensors, generator)
    whole = make_whole(case, tensors, generator)
    write_adapter(folder / "lora", case, config, parts, whole)
    expected = peft_merge.merged(tensors, config, parts, whole)
    save_openai(folder / "torch.pt", dims, expected)
    arguments = [folder / "lora", "--base", DEMO, "--quiet"]
    subprocess.run([program, "convert", *arguments, folder / "merged.pt"], check=True)
    differing = compare(expected, folder / "merged.pt")
    text = text_of(program, folder / "torch.pt")
    assert text_of(program, folder / "merged.pt") == text, "another text"
    changed = sum(not torch.equal(expected[name], tensors[name]) for name in tensors)
    print(f"{case.name}: {len(parts)} products, {changed} tensors changed, {differing} elements one rounding away", flush=True)
    if number == 0:
        export = [program, "export", *arguments, "-o", folder / "bundle", "--name", "demo"]
        subprocess.run(export, check=True)
        assert text_of(program, folder / "bundle") == text, "another text from the bundle"
    return text


def main():
    program = sys.argv[1]
    texts = set()
    for number, case in enumerate(CASES):
        with tempfile.TemporaryDirectory() as folder:
            texts.add(check(program, case, number, Path(folder)))
    print(f"{len(texts)} different texts")
    assert len(texts) > 3, "adapters that change nothing show nothing"


if __name__ == "__main__":
    main()
