"""A stand-in for MediaTek's mtk_converter, for the tests: the real package is not public.

It takes the calls that the real one is documented to take, loads the TorchScript file with torch and
runs it on tensors of the given shapes and types, as the real one traces it. The TFLite file that it
"converts" to is Sotto's own: it has the program export the bundle that the TorchScript file lies in
($SOTTO_STAND_IN_PROGRAM, as `sotto export BUNDLE --format tflite`) and takes the file of that half.
TFLiteExecutor runs files in LiteRT, the official runtime ($SOTTO_LITERT), through its C interface.
"""

import ctypes
import os
import pathlib
import shutil
import subprocess
import tempfile

import numpy
import torch

__version__ = "0.0 stand-in"


class PyTorchConverter:
    def __init__(self, path, input_shapes, input_types):
        self.path = pathlib.Path(path)
        self.module = torch.jit.load(str(path))
        self.inputs = [torch.zeros(shape, dtype=kind) for shape, kind in zip(input_shapes, input_types, strict=True)]
        self.quantize = False

    @classmethod
    def from_script_module_file(cls, path, input_shapes, input_types):
        return cls(path, input_shapes, input_types)

    def convert_to_tflite(self, output_file=None):
        if self.quantize:
            raise ValueError("the stand-in does not quantize")
        if self.module.training:
            raise ValueError("expected a module in evaluation mode")
        with torch.no_grad():
            self.module(*self.inputs)
        with tempfile.TemporaryDirectory() as folder:
            made = self._export(pathlib.Path(folder) / "bundle")
            if output_file is None:
                return made.read_bytes()
            shutil.copy(made, output_file)
        return None

    def _export(self, target):
        program = os.environ["SOTTO_STAND_IN_PROGRAM"]
        source = str(self.path.parent)
        subprocess.run([program, "export", source, "-o", str(target), "--format", "tflite", "--quiet"], check=True)
        half = self.path.name.split("_")[0]
        pattern = "encoder_*_*x*.tflite" if half == "encoder" else "decoder_*_[0-9]*[0-9].tflite"
        [made] = [path for path in target.glob(pattern) if "prefill" not in path.name]
        return made


class _Layout(ctypes.Structure):
    _fields_ = [("rank", ctypes.c_uint32), ("dimensions", ctypes.c_int32 * 8), ("strides", ctypes.c_uint32 * 8)]


class _TensorType(ctypes.Structure):
    _fields_ = [("element", ctypes.c_int32), ("layout", _Layout)]


class _Runtime:
    """LiteRT's functions; each answers 0 or throws here."""

    def __init__(self):
        self.library = ctypes.CDLL(str(pathlib.Path(os.environ["SOTTO_LITERT"]) / "libLiteRt.so"))

    def __getattr__(self, name):
        function = getattr(self.library, "LiteRt" + name)

        def call(*arguments):
            status = function(*arguments)
            if status != 0:
                raise RuntimeError(f"LiteRt{name} answered {status}")

        return call

    def make(self, name, *arguments):
        handle = ctypes.c_void_p()
        getattr(self, name)(*arguments, ctypes.byref(handle))
        return handle


def _aligned(size):
    """size float32 elements from an address on that LiteRT takes."""
    memory = numpy.empty(size + 16, numpy.float32)
    first = -memory.ctypes.data % 64 // 4
    return memory[first : first + size]


class TFLiteExecutor:
    def __init__(self, path):
        self.runtime = _Runtime()
        make = self.runtime.make
        environment = make("CreateEnvironment", 0, None)
        model = make("CreateModelFromFile", environment, str(path).encode())
        options = make("CreateOptions")
        self.runtime.SetOptionsHardwareAccelerators(options, 1)
        self.compiled = make("CreateCompiledModel", environment, model, options)
        signature = make("GetModelSignature", model, ctypes.c_size_t(0))
        self.inputs = self._ports(signature, "Input")
        self.outputs = self._ports(signature, "Output")

    def _ports(self, signature, kind):
        count = ctypes.c_size_t()
        getattr(self.runtime, f"GetNumSignature{kind}s")(signature, ctypes.byref(count))
        ports = []
        for index in range(count.value):
            tensor = self.runtime.make(f"GetSignature{kind}TensorByIndex", signature, ctypes.c_size_t(index))
            kind_of = _TensorType()
            self.runtime.GetRankedTensorType(tensor, ctypes.byref(kind_of))
            shape = list(kind_of.layout.dimensions)[: kind_of.layout.rank & 127]
            memory = _aligned(int(numpy.prod(shape)))
            buffer = self.runtime.make(
                "CreateTensorBufferFromHostMemory", ctypes.byref(kind_of), ctypes.c_void_p(memory.ctypes.data),
                ctypes.c_size_t(memory.nbytes), None)
            ports.append((shape, memory, buffer))
        return ports

    def run(self, arrays):
        for array, (shape, memory, _) in zip(arrays, self.inputs, strict=True):
            if list(array.shape) != shape or array.dtype != numpy.float32:
                raise ValueError(f"expected float32 {shape}, found {array.dtype} {list(array.shape)}")
            memory[:] = array.ravel()
        handles = [(ctypes.c_void_p * len(ports))(*(buffer for _, _, buffer in ports))
                   for ports in (self.inputs, self.outputs)]
        self.runtime.RunCompiledModel(self.compiled, ctypes.c_size_t(0), ctypes.c_size_t(len(self.inputs)),
                                      handles[0], ctypes.c_size_t(len(self.outputs)), handles[1])
        return [memory.reshape(shape).copy() for shape, memory, _ in self.outputs]
