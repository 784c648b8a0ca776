"""CTranslate2's model.bin of a Whisper model, read and written: independent of Sotto's reader.

Little endian: u32 version 6, string spec, u32 revision, u32 count, then for each variable: string
name, u8 rank, u32 dims[rank], u8 dtype, u32 bytes, data; then u32 count of aliases, two strings
each. A string is a u16 length that counts a closing NUL, and the bytes.
"""

import json
import struct
from collections import OrderedDict
from pathlib import Path

DTYPES = {0: "float32", 1: "int8", 2: "int16", 3: "int32", 4: "float16"}


def is_ctranslate2(path):
    return path.is_dir() or path.name == "model.bin"


def weights_file(path):
    return path / "model.bin" if path.is_dir() else path


class _Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, code):
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize(code)
        return value

    def bytes(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def string(self):
        return self.bytes(self.number("H"))[:-1].decode()


def read_variables(path):
    """{name: array} of everything that the file holds."""
    import numpy

    cursor = _Cursor(Path(path).read_bytes())
    assert cursor.number("I") == 6 and cursor.string() == "WhisperSpec"
    cursor.number("I")
    variables = {}
    for _ in range(cursor.number("I")):
        name = cursor.string()
        shape = [cursor.number("I") for _ in range(cursor.number("B"))]
        dtype = numpy.dtype(DTYPES[cursor.number("B")])
        data = cursor.bytes(cursor.number("I"))
        variables[name] = numpy.frombuffer(data, dtype).reshape(shape)
    return variables


def layer_names(side, layer):
    """[(CTranslate2's name, the OpenAI names stacked in it)] of one layer's linear maps."""
    theirs, ours = f"{side}/layer_{layer}", f"{side}.blocks.{layer}"
    names = [
        (f"{theirs}/self_attention/linear_0", [f"{ours}.attn.{part}" for part in ("query", "key", "value")]),
        (f"{theirs}/self_attention/linear_1", [f"{ours}.attn.out"]),
        (f"{theirs}/ffn/linear_0", [f"{ours}.mlp.0"]),
        (f"{theirs}/ffn/linear_1", [f"{ours}.mlp.2"]),
    ]
    if side == "decoder":
        names += [
            (f"{theirs}/attention/linear_0", [f"{ours}.cross_attn.query"]),
            (f"{theirs}/attention/linear_1", [f"{ours}.cross_attn.key", f"{ours}.cross_attn.value"]),
            (f"{theirs}/attention/linear_2", [f"{ours}.cross_attn.out"]),
        ]
    return names


def norm_names(side, layers):
    """[(CTranslate2's name, OpenAI's name)] of one side's layer norms."""
    names = [(f"{side}/layer_norm", "encoder.ln_post" if side == "encoder" else "decoder.ln")]
    for layer in range(layers):
        theirs, ours = f"{side}/layer_{layer}", f"{side}.blocks.{layer}"
        names += [(f"{theirs}/self_attention/layer_norm", f"{ours}.attn_ln"), (f"{theirs}/ffn/layer_norm", f"{ours}.mlp_ln")]
        if side == "decoder":
            names.append((f"{theirs}/attention/layer_norm", f"{ours}.cross_attn_ln"))
    return names


# Tensors that have the same shape on both sides.
PLAIN_NAMES = [
    ("encoder/conv1/weight", "encoder.conv1.weight"),
    ("encoder/conv1/bias", "encoder.conv1.bias"),
    ("encoder/conv2/weight", "encoder.conv2.weight"),
    ("encoder/conv2/bias", "encoder.conv2.bias"),
    ("encoder/position_encodings/encodings", "encoder.positional_embedding"),
    ("decoder/position_encodings/encodings", "decoder.positional_embedding"),
    ("decoder/embeddings/weight", "decoder.token_embedding.weight"),
]


def _layers(variables, side):
    return sum(1 for name in variables if name.startswith(f"{side}/layer_") and name.endswith("ffn/linear_0/weight"))


def _dims(variables):
    mels, audio_state = (variables["encoder/conv1/weight"].shape[axis] for axis in (1, 0))
    vocabulary, text_state = variables["decoder/embeddings/weight"].shape
    return {
        "n_mels": mels,
        "n_audio_ctx": variables["encoder/position_encodings/encodings"].shape[0],
        "n_audio_state": audio_state,
        "n_audio_head": int(variables["encoder/num_heads"]),
        "n_audio_layer": _layers(variables, "encoder"),
        "n_vocab": vocabulary,
        "n_text_ctx": variables["decoder/position_encodings/encodings"].shape[0],
        "n_text_state": text_state,
        "n_text_head": int(variables["decoder/num_heads"]),
        "n_text_layer": _layers(variables, "decoder"),
    }


def read_ctranslate2(path):
    """(dims, OpenAI's state dict) of a model.bin; the values are the file's own."""
    import torch

    variables = read_variables(path)
    dims = _dims(variables)
    found = {ours: variables[theirs] for theirs, ours in PLAIN_NAMES}
    for side, layers in (("encoder", dims["n_audio_layer"]), ("decoder", dims["n_text_layer"])):
        for theirs, ours in norm_names(side, layers):
            found[ours + ".weight"], found[ours + ".bias"] = variables[theirs + "/gamma"], variables[theirs + "/beta"]
        for layer in range(layers):
            for theirs, parts in layer_names(side, layer):
                _unstack(variables, theirs, parts, found)
    tensors = OrderedDict((name, torch.from_numpy(found[name].copy())) for name in state_dict_order(dims))
    assert len(tensors) == len(found)
    return dims, tensors


def _unstack(variables, theirs, parts, found):
    weight, bias = variables[theirs + "/weight"], variables[theirs + "/bias"]
    rows = weight.shape[0] // len(parts)
    for index, name in enumerate(parts):
        own = slice(index * rows, (index + 1) * rows)
        found[name + ".weight"] = weight[own]
        if name.endswith(".key"):
            assert not bias[own].any(), f"{theirs}: the key has a bias"
        else:
            found[name + ".bias"] = bias[own]


def state_dict_order(dims):
    """The reference's names, in its order."""
    import whisper

    return list(whisper.model.Whisper(whisper.model.ModelDimensions(**dims)).state_dict())


def write_ctranslate2(folder, dims, tensors):
    """Writes OpenAI's tensors as a folder of model.bin and config.json, their dtype kept."""
    folder.mkdir()
    half = dims["n_text_layer"] // 2
    heads = [[layer, head] for layer in range(half, dims["n_text_layer"]) for head in range(dims["n_text_head"])]
    (folder / "config.json").write_text(json.dumps({"alignment_heads": heads, "lang_ids": [], "suppress_ids": []}))
    variables = _to_variables(dims, {name: tensor.numpy() for name, tensor in tensors.items()})
    codes = {name: code for code, name in DTYPES.items()}
    with open(folder / "model.bin", "wb") as file:
        file.write(struct.pack("<I", 6) + _packed("WhisperSpec") + struct.pack("<II", 3, len(variables)))
        for name, array in variables.items():
            file.write(_packed(name) + struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape))
            file.write(struct.pack("<BI", codes[array.dtype.name], array.nbytes) + array.tobytes())
        file.write(struct.pack("<I", 1) + _packed("decoder/projection/weight") + _packed("decoder/embeddings/weight"))


def _packed(text):
    data = text.encode() + b"\0"
    return struct.pack("<H", len(data)) + data


def _to_variables(dims, arrays):
    import numpy

    variables = {theirs: arrays[ours] for theirs, ours in PLAIN_NAMES}
    for side, layers in (("encoder", dims["n_audio_layer"]), ("decoder", dims["n_text_layer"])):
        heads = dims["n_audio_head" if side == "encoder" else "n_text_head"]
        variables[f"{side}/num_heads"] = numpy.array(heads, numpy.int16)
        for theirs, ours in norm_names(side, layers):
            variables[theirs + "/gamma"], variables[theirs + "/beta"] = arrays[ours + ".weight"], arrays[ours + ".bias"]
        for layer in range(layers):
            for theirs, parts in layer_names(side, layer):
                weights = [arrays[part + ".weight"] for part in parts]
                biases = [arrays.get(part + ".bias", numpy.zeros(len(w), w.dtype)) for part, w in zip(parts, weights)]
                variables[theirs + "/weight"] = numpy.concatenate(weights)
                variables[theirs + "/bias"] = numpy.concatenate(biases)
    return variables
