"""The TorchScript files of a bundle must load with torch, hold no operator but those known to MediaTek's
converter, keep their constants as named buffers, and run for every length.

usage: check_operators.py BUNDLE
"""

import json
import sys
import zipfile
from pathlib import Path

import torch

KNOWN = {
    *("aten::" + name for name in (
        "_convolution", "linear", "matmul", "add", "mul", "pow", "floor_divide", "softmax", "gelu", "layer_norm",
        "view", "flatten", "permute", "transpose", "slice", "size", "to", "Int")),
    *("prim::" + name for name in (
        "Constant", "GetAttr", "ListConstruct", "NumToTensor", "TupleConstruct", "TupleUnpack")),
}


def check_archive(path):
    """Python's own zip reader agrees: sound checksums, nothing compressed, no date but the first."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None, f"{path.name}: {archive.testzip()} is damaged"
        for entry in archive.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED, entry
            assert entry.date_time == (1980, 1, 1, 0, 0, 0), entry


def check_module(path, class_name):
    check_archive(path)
    module = torch.jit.load(str(path))
    kinds = [node.kind() for node in module.inlined_graph.nodes()]
    assert set(kinds) <= KNOWN, f"{path.name}: {sorted(set(kinds) - KNOWN)}"
    assert module.original_name == class_name, module.original_name
    assert not module.training and not list(module.parameters())
    for name, buffer in module.named_buffers():
        assert buffer.dtype == torch.float32 and buffer.is_contiguous(), name
    operators = sum(kind.startswith("aten::") for kind in kinds)
    print(f"{path.name}: {operators} operators of {len(set(kinds))} kinds, {len(list(module.buffers()))} buffers")
    return module


def shape(port, length):
    extents = list(port["shape"])
    if "variable_axis" in port:
        extents[port["variable_axis"]] = length
    return extents


def check_lengths(module, record):
    """The first rows of a long run are the rows of a shorter one, for no token sees those after it."""
    longest = record["inputs"][0]["shape"][1]
    inputs = [torch.randn(shape(port, longest)) for port in record["inputs"]]
    whole = module(*inputs)
    assert list(whole.shape) == shape(record["outputs"][0], longest)
    for length in (1, 2, 7, longest - 1):
        part = module(inputs[0][:, :length], *inputs[1:])
        assert list(part.shape) == shape(record["outputs"][0], length), part.shape
        difference = float((part - whole[:, :length]).abs().max() / whole.abs().max())
        assert difference < 1e-5, f"{length} tokens: {difference}"


def main():
    torch.manual_seed(0)
    bundle = Path(sys.argv[1])
    manifest = json.loads((bundle / "sotto.json").read_text())
    records = {file["role"]: file for file in manifest["files"]}
    with torch.no_grad():
        record = records["encoder_torchscript"]
        module = check_module(bundle / record["name"], "WhisperEncoderCore")
        output = module(torch.randn(record["inputs"][0]["shape"]))
        assert list(output.shape) == record["outputs"][0]["shape"], output.shape
        record = records["decoder_torchscript"]
        check_lengths(check_module(bundle / record["name"], "WhisperDecoderCore"), record)


if __name__ == "__main__":
    main()
