#include "reference/oracle_data.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>

#include "core/archive/npy_reader.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "run/backends/registry.h"

namespace sotto::test {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void OracleTest::SetUp() {
  folder_ = environment("SOTTO_ORACLE_DIR");
  if (folder_.empty()) GTEST_SKIP() << "SOTTO_ORACLE_DIR is not set: no data of openai/whisper";
}

bool has_torchscript() {
  const auto names = backend_names();
  return std::find(names.begin(), names.end(), "torchscript") != names.end();
}

std::string litert_absence() {
  try {
    (void)make_backend("litert");
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

nlohmann::json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

Tensor read_tensor(const std::filesystem::path& path) {
  const TensorView view = read_npy(path);
  Tensor tensor(DType::float32, view.shape);
  read_float32(view, 0, tensor.floats());
  return tensor;
}

std::vector<std::int32_t> read_integers(const std::filesystem::path& path) {
  const TensorView view = read_npy(path);
  std::vector<std::int32_t> values(static_cast<std::size_t>(num_elements(view.shape)));
  read_elements(view, 0, std::as_writable_bytes(std::span(values)));
  return values;
}

double relative_difference(std::span<const float> found, std::span<const float> expected) {
  if (found.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double largest = 0;
  double difference = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!std::isfinite(found[i])) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
    difference = std::max(difference, std::abs(static_cast<double>(found[i]) - expected[i]));
  }
  return difference / largest;
}

bool same_bytes(const std::filesystem::path& one, const std::filesystem::path& other) {
  const auto first = MappedFile::open(one);
  const auto second = MappedFile::open(other);
  const auto a = first->bytes();
  const auto b = second->bytes();
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sotto::test
