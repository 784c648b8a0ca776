#include "run/backends/mtk_converter/mtk_child.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <unistd.h>

#include "core/base/error.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

// Numbers are uint32 in this machine's order, texts have their length in front. A request is 1 and
// a path, or 2, a model's number, how many elements each result has, and the arrays: how many, and
// of each its rank, extents and float32 elements. An answer is 0 and what was asked for (a number,
// arrays), or 1 and what went wrong. What modules print goes to standard error, so that standard
// output is ours alone.
constexpr const char* kScript = R"(import os, struct
answers = os.fdopen(os.dup(1), 'wb')
os.dup2(2, 1)
requests = sys.stdin.buffer
def number():
    data = requests.read(4)
    if len(data) < 4:
        sys.exit(0)
    return struct.unpack('=I', data)[0]
def put(*numbers):
    answers.write(struct.pack('=%dI' % len(numbers), *numbers))
def put_text(text):
    data = text.encode('utf-8', 'replace')
    put(len(data))
    answers.write(data)
try:
    import numpy
    import mtk_converter
    executor_of = mtk_converter.TFLiteExecutor
    put(0)
except BaseException as error:
    put(1)
    put_text('%s: %s' % (type(error).__name__, error))
answers.flush()
models = []
while True:
    kind = number()
    try:
        if kind == 1:
            models.append(executor_of(requests.read(number()).decode('utf-8', 'surrogateescape')))
            put(0, len(models) - 1)
        else:
            model = models[number()]
            sizes = [number() for _ in range(number())]
            arrays = []
            for _ in range(number()):
                shape = [number() for _ in range(number())]
                size = int(numpy.prod(shape, dtype=numpy.int64))
                arrays.append(numpy.frombuffer(requests.read(4 * size), numpy.float32).reshape(shape))
            results = [numpy.ascontiguousarray(r, numpy.float32) for r in model.run(arrays)]
            if [result.size for result in results] != sizes:
                raise ValueError('expected results of %s elements, found shapes %s'
                                 % (sizes, [list(result.shape) for result in results]))
            put(0)
            for result in results:
                answers.write(result.tobytes())
    except BaseException as error:
        put(1)
        put_text('%s: %s' % (type(error).__name__, error))
    answers.flush()
)";

constexpr std::uint32_t kLoad = 1, kRun = 2;
constexpr std::uint32_t kMostText = 1 << 16;

std::string last_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line, last;
  while (std::getline(file, line)) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace

MtkChild::MtkChild(const MtkPython& python, int threads) {
  Command command = python_command(python, kScript);
  command.environment.emplace_back("OMP_NUM_THREADS", std::to_string(threads));
  child_ = std::make_unique<ChildProcess>(command, log_.path());
  std::string reason;
  try {
    if (receive() == 0) return;
    reason = receive_text();
  } catch (const Error&) {
    reason = last_line(log_.path());
  }
  fail(ErrorKind::unavailable,
       "MediaTek's mtk_converter, which runs what it converts, cannot be "
       "imported by ",
       python.program.string(), " (", reason,
       "): it comes with the NeuroPilot SDK; name its folder with $MTK_CONVERTER_PATH, the SDK's "
       "root with $MTK_NEURON_SDK, or another Python with $SOTTO_MTK_PYTHON");
}

void MtkChild::send(std::uint32_t number) { child_->write(std::as_bytes(std::span(&number, 1))); }

std::uint32_t MtkChild::receive() {
  std::uint32_t number = 0;
  child_->read(std::as_writable_bytes(std::span(&number, 1)));
  return number;
}

std::string MtkChild::receive_text() {
  const std::uint32_t size = receive();
  if (size > kMostText) fail(ErrorKind::format, "mtk_converter's Python answers out of turn");
  std::string text(size, '\0');
  child_->read(std::as_writable_bytes(std::span(text)));
  return text;
}

void MtkChild::fail_with_log(const std::string& what) {
  const std::string line = last_line(log_.path());
  fail(ErrorKind::format, what, ": MediaTek's executor ended",
       line.empty() ? std::string(" and said nothing") : concat(": ", line));
}

void MtkChild::expect_success(const std::string& what) {
  if (receive() == 0) return;
  fail(ErrorKind::format, what, ": MediaTek's executor failed: ", receive_text());
}

std::uint32_t MtkChild::load(const fs::path& file) {
  const std::string path = fs::absolute(file).string();
  try {
    send(kLoad);
    send(static_cast<std::uint32_t>(path.size()));
    child_->write(std::as_bytes(std::span(path)));
    expect_success(file.string());
    files_.push_back(file.string());
    return receive();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) fail_with_log(file.string());
    throw;
  }
}

void MtkChild::run(std::uint32_t model, std::span<const Tensor* const> inputs,
                   std::span<Tensor* const> outputs) {
  const std::string& file = files_.at(model);
  try {
    send(kRun);
    send(model);
    send(static_cast<std::uint32_t>(outputs.size()));
    for (const Tensor* output : outputs) send(static_cast<std::uint32_t>(output->size()));
    send(static_cast<std::uint32_t>(inputs.size()));
    for (const Tensor* input : inputs) {
      send(static_cast<std::uint32_t>(input->shape().size()));
      for (const std::int64_t extent : input->shape()) send(static_cast<std::uint32_t>(extent));
      child_->write({input->data(), input->bytes()});
    }
    expect_success(file);
    for (Tensor* output : outputs) child_->read({output->data(), output->bytes()});
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) fail_with_log(file);
    throw;
  }
}

}  // namespace sotto
