"""PEFT's rules for a LoRA of Whisper, written from their description: which modules it has products for, of
which rank and factor, and what merging makes of a checkpoint in OpenAI's format, in torch.
"""

import math
import re

from hugging_face_format import hugging_face_name

DEFAULTS = {
    "peft_type": "LORA",
    "task_type": None,
    "base_model_name_or_path": "openai/whisper-demo",
    "inference_mode": True,
    "r": 8,
    "lora_alpha": 16,
    "lora_dropout": 0.05,
    "bias": "none",
    "target_modules": ["q_proj", "v_proj"],
    "exclude_modules": None,
    "modules_to_save": None,
    "layers_to_transform": None,
    "layers_pattern": None,
    "rank_pattern": {},
    "alpha_pattern": {},
    "use_rslora": False,
    "use_dora": False,
    "lora_bias": False,
    "fan_in_fan_out": False,
    "init_lora_weights": True,
    "megatron_config": None,
    "megatron_core": "megatron.core",
    "loftq_config": {},
}
EMBEDDING = "decoder.token_embedding.weight"


def modules_of(tensors):
    """transformers' modules that have a matrix, with the weight's OpenAI name: the head, which is the token
    embedding's own, too."""
    modules = {"proj_out": EMBEDDING}
    for name, tensor in tensors.items():
        theirs = hugging_face_name(name)
        if tensor.dim() > 1 and theirs.endswith(".weight"):
            modules[theirs.removesuffix(".weight")] = name
    return modules


def kind_of(module, tensors, modules):
    if re.search(r"embed_(tokens|positions)$", module):
        return "embedding"
    return "conv" if tensors[modules[module]].dim() == 3 else "linear"


def named(module, names):
    return any(module == name or module.endswith("." + name) for name in names)


def chosen(choice, module):
    return bool(re.fullmatch(choice, module)) if isinstance(choice, str) else named(module, choice)


def is_target(config, module, kind):
    if config["exclude_modules"] and chosen(config["exclude_modules"], module):
        return False
    for saved in config["modules_to_save"] or []:
        if re.match(rf"(^|.*\.){saved}($|\..*)", module):
            return False
    targets = config["target_modules"]
    if targets == "all-linear":
        return kind == "linear" and module != "proj_out"
    if not chosen(targets, module):
        return False
    layers = config["layers_to_transform"]
    if layers is None or isinstance(targets, str) or module in targets:
        return True
    found = re.match(rf".*?\.{config['layers_pattern'] or '[^.]*'}\.(\d+)\.", module)
    return found is not None and int(found[1]) in layers


def by_pattern(patterns, module, otherwise):
    for pattern, value in patterns.items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            return value
    return otherwise


def rank_of(config, module):
    return by_pattern(config["rank_pattern"], module, config["r"])


def factor_of(config, module):
    rank = rank_of(config, module)
    alpha = by_pattern(config["alpha_pattern"], module, config["lora_alpha"])
    return alpha / math.sqrt(rank) if config["use_rslora"] else alpha / rank


def delta_of(kind, a, b):
    """What is added to the weight, but for the factor."""
    import torch

    a, b = a.float(), b.float()
    if kind == "embedding":
        return (b @ a).T
    if kind == "conv":
        return torch.nn.functional.conv1d(a.transpose(0, 1), b).transpose(0, 1)
    return b @ a


def merged(tensors, config, parts, whole):
    """The state dict with `parts` {module: {"A", "B", "bias"}} added and the tensors of `whole` in the place of
    those of these names; computed in float32 and rounded to each tensor's own type."""
    modules = modules_of(tensors)
    result = dict(tensors)
    for name, tensor in whole.items():
        result[name] = tensor.to(tensors[name].dtype)
    for module, part in parts.items():
        name = modules[module]
        factor = factor_of(config, module)
        delta = delta_of(kind_of(module, tensors, modules), part["A"], part["B"]) * factor
        result[name] = (result[name].float() + delta).to(tensors[name].dtype)
        if "bias" in part:
            bias = name.removesuffix("weight") + "bias"
            result[bias] = (result[bias].float() + part["bias"].float() * factor).to(tensors[bias].dtype)
    return type(tensors)(result)
