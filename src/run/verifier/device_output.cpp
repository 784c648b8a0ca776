#include "run/verifier/device_output.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/archive/npy_reader.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/bundle/bundle.h"
#include "run/backends/registry.h"
#include "run/engine/checkpoint/load_model.h"
#include "run/transcriber/plain_transcriber.h"

namespace sotto {
namespace {

constexpr std::string_view kNpyMagic = "\x93NUMPY";

bool begins_with(std::span<const std::byte> bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

StoredNumbers read_npy_numbers(const MappedFile& file, const std::string& output,
                               const Shape& shape, std::shared_ptr<const void> owner) {
  const TensorView view = parse_npy(file.bytes(), file.path().string(), std::move(owner));
  const auto without_ones = [](Shape all) {
    std::erase(all, 1);
    return all;
  };
  const bool is_float = view.dtype == DType::float32 || view.dtype == DType::float16;
  if (!is_float || without_ones(view.shape) != without_ones(shape)) {
    fail(ErrorKind::mismatch, file.path().string(), ": expected float32 or float16 ",
         to_string(shape), ", the ", output, ", found ", to_string(view.dtype), " ",
         to_string(view.shape));
  }
  return {to_float32(view), concat("npy ", to_string(view.dtype))};
}

/// A row is along the last axis.
std::size_t row_length(const Shape& shape) { return static_cast<std::size_t>(shape.back()); }

class Comparer {
 public:
  explicit Comparer(const VerifyOptions& options) : options_(options) {
    const CheckpointSource source = options.checkpoint
                                        ? CheckpointSource{*options.checkpoint, options.base}
                                        : CheckpointSource{options.bundle};
    tell("loading " + source.path.string());
    const Bundle bundle = Bundle::open(options.bundle);
    weights_ = sources_with_weights(source, sources_of(bundle).frames());
    const ModelOptions how{.backend = "cpu", .backend_options = options.backend_options};
    model_.emplace(Model::load(weights_, how));
  }

  [[nodiscard]] std::vector<OutputComparison> run(const Clip& clip,
                                                  const std::vector<GivenOutput>& given) {
    tell(clip.name() + " on cpu");
    trace_.steps = 1;
    own_ = PlainTranscriber(*model_).transcribe(clip.audio, {clip.language, &trace_});
    std::vector<OutputComparison> comparisons;
    for (const GivenOutput& one : given) {
      tell(one.file.string());
      comparisons.push_back(compare(clip, one));
    }
    return comparisons;
  }

 private:
  [[nodiscard]] OutputComparison compare(const Clip& clip, const GivenOutput& given) {
    const auto [name, here] = output_here(given);
    const StoredNumbers stored = read_numbers(given.file, name, here.shape());
    OutputComparison comparison;
    comparison.given = given;
    comparison.output = name;
    comparison.stored_as = stored.stored_as;
    comparison.shape = here.shape();
    compare_rows(here.floats(), stored.values, comparison);
    const bool is_finite = std::isfinite(comparison.difference.largest);
    if (given.graph != GraphKind::encoder || !is_finite) return comparison;
    Tensor encoded(DType::float32, here.shape());
    std::copy(stored.values.begin(), stored.values.end(), encoded.floats().begin());
    comparison.with_given =
        PlainTranscriber(*model_).transcribe_encoded(std::move(encoded), {clip.language});
    comparison.with_own = own_;
    return comparison;
  }

  /// The graph's output on the clip, with its name.
  [[nodiscard]] std::pair<std::string, Tensor> output_here(const GivenOutput& given) {
    const auto backend = make_backend("cpu", options_.backend_options);
    const auto graph = backend->load(weights_.part(given.graph));
    const auto& ports = graph->signature().outputs;
    std::vector<Tensor> outputs;
    std::string names;
    std::size_t wanted = given.output.empty() ? 0 : ports.size();
    for (std::size_t i = 0; i < ports.size(); ++i) {
      outputs.emplace_back(ports[i].dtype, ports[i].shape);
      if (ports[i].name == given.output) wanted = i;
      names += concat(i == 0 ? "" : ", ", ports[i].name);
    }
    if (wanted == ports.size()) {
      fail(ErrorKind::usage, "the ", entry_of(given.graph).title, " puts out ", names,
           ", and no \"", given.output, "\"");
    }
    std::vector<Tensor*> pointers;
    pointers.reserve(outputs.size());
    for (Tensor& output : outputs) pointers.push_back(&output);
    const std::array<const Tensor*, 1> inputs{&trace_.mel};
    graph->run(inputs, pointers);
    return {ports[wanted].name, std::move(outputs[wanted])};
  }

  void tell(const std::string& what) const {
    if (options_.progress) options_.progress(what);
  }

  const VerifyOptions& options_;
  ModelSources weights_;
  std::optional<Model> model_;
  Trace trace_;
  PlainTranscript own_;
};

}  // namespace

GivenOutput parse_given_output(const std::string& argument) {
  const auto sign = argument.find('=');
  const std::string name = argument.substr(0, sign);
  const auto dot = name.find('.');
  const auto graph = find_graph(name.substr(0, dot));
  const bool reads_the_clip = graph == GraphKind::encoder || graph == GraphKind::crosskv;
  if (sign == std::string::npos || sign + 1 == argument.size() || !reads_the_clip) {
    fail(ErrorKind::usage, Option{"device-output"},
         ": expected encoder=FILE or crosskv.cross_keys=FILE, of the graphs that read nothing but "
         "the clip, found \"",
         argument, "\"");
  }
  GivenOutput given{*graph, "", argument.substr(sign + 1)};
  if (dot != std::string::npos) given.output = name.substr(dot + 1);
  return given;
}

StoredNumbers read_numbers(const std::filesystem::path& path, const std::string& output,
                           const Shape& shape) {
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  if (begins_with(bytes, kNpyMagic)) return read_npy_numbers(*file, output, shape, file);
  const auto count = static_cast<std::size_t>(num_elements(shape));
  for (const DType dtype : {DType::float32, DType::float16}) {
    if (bytes.size() != count * size_of(dtype)) continue;
    return {to_float32(dense_view(dtype, shape, bytes.data(), file)),
            std::string(to_string(dtype))};
  }
  fail(ErrorKind::mismatch, path.string(), ": expected ", count * size_of(DType::float32),
       " bytes of float32 or ", count * size_of(DType::float16), " of float16, ", to_string(shape),
       ", the ", output, ", found ", bytes.size(), " bytes");
}

void compare_rows(std::span<const float> here, std::span<const float> given,
                  OutputComparison& comparison) {
  comparison.difference = compare_numbers(comparison.output, here, given);
  const std::size_t length = row_length(comparison.shape);
  const double bound = kApart * comparison.difference.largest_value;
  double sum = 0, dot = 0, here_squares = 0, given_squares = 0, worst = -1;
  comparison.rows = here.size() / length;
  for (std::size_t row = 0; row < comparison.rows; ++row) {
    double largest = 0;
    for (std::size_t i = row * length; i < (row + 1) * length; ++i) {
      const double a = here[i], b = given[i], distance = std::abs(a - b);
      sum += distance;
      dot += a * b;
      here_squares += a * a;
      given_squares += b * b;
      // Not a number compares false with everything.
      largest = std::isfinite(distance) ? std::max(largest, distance) : HUGE_VAL;
    }
    if (largest > worst) {
      worst = largest;
      comparison.worst_row = row;
    }
    if (!(largest > bound)) continue;
    ++comparison.rows_apart;
    if (!comparison.first_apart) comparison.first_apart = row;
  }
  comparison.mean = sum / static_cast<double>(here.size());
  comparison.cosine = dot / std::sqrt(here_squares * given_squares);
}

bool OutputComparison::passed() const {
  const bool same_tokens = !with_given || !with_own || with_given->tokens == with_own->tokens;
  return std::isfinite(difference.largest) && same_tokens;
}

std::vector<OutputComparison> compare_given_outputs(const VerifyOptions& options, const Clip& clip,
                                                    const std::vector<GivenOutput>& given) {
  return Comparer(options).run(clip, given);
}

}  // namespace sotto
