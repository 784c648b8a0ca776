"""The same weights in every format and dtype that Sotto reads.

Base, float16: formats/{openai (base.pt), ctranslate2, hugging_face, hugging_face_sharded}/.
The demo checkpoint, in formats/demo/: hugging_face_<dtype>/ and openai_<dtype>.pt for float32 and
bfloat16, and openai_views.pt, whose tensors are views with strides and offsets into shared storage;
values_<dtype>.npy holds what a reader must find: all tensors' elements, row-major, float32, one
after the other in the order of names.json [[name, shape]].
"""

import os

from ctranslate2_format import state_dict_order, write_ctranslate2
from hugging_face_format import write_hugging_face
from oracle_common import load_openai, save_openai, write_json

SHARDS = 3


def inputs(context):
    return [context.demo] + [path for path in [context.base_openai] if path.exists()]


def make(context, folder):
    if context.base_openai.exists():
        write_base(context, folder)
    write_demo(context, folder / "demo")


def write_base(context, folder):
    import torch

    dims, tensors = load_openai(context.base_openai)
    assert all(tensor.dtype == torch.float16 for tensor in tensors.values())
    (folder / "openai").mkdir()
    os.link(context.base_openai, folder / "openai" / "base.pt")
    write_ctranslate2(folder / "ctranslate2", dims, tensors)
    write_hugging_face(folder / "hugging_face", dims, tensors)
    write_hugging_face(folder / "hugging_face_sharded", dims, tensors, SHARDS)


def write_demo(context, folder):
    import torch

    folder.mkdir()
    dims, tensors = load_openai(context.demo)
    order = state_dict_order(dims)
    write_json(folder / "names.json", [[name, list(tensors[name].shape)] for name in order])
    save_openai(folder / "openai_views.pt", dims, as_views(tensors))
    write_values(folder / "values_float16.npy", tensors, order)
    for dtype in (torch.float32, torch.bfloat16):
        label = str(dtype).removeprefix("torch.")
        cast = {name: tensor.to(dtype) for name, tensor in tensors.items()}
        save_openai(folder / f"openai_{label}.pt", dims, type(tensors)(cast))
        write_hugging_face(folder / f"hugging_face_{label}", dims, cast)
        write_values(folder / f"values_{label}.npy", cast, order)


def write_values(path, tensors, order):
    import numpy

    numpy.save(path, numpy.concatenate([tensors[name].float().numpy().ravel() for name in order]))


def as_views(tensors):
    """The same values, every matrix kept transposed and every vector inside one shared storage."""
    import torch

    vectors = [name for name, tensor in tensors.items() if tensor.dim() == 1]
    together = torch.cat([tensors[name] for name in vectors])
    parts = dict(zip(vectors, together.split([len(tensors[name]) for name in vectors])))
    views = type(tensors)()
    for name, tensor in tensors.items():
        reverse = tuple(reversed(range(tensor.dim())))
        views[name] = parts.get(name, tensor.permute(reverse).contiguous().permute(reverse))
    return views
