#include <fstream>
#include <iterator>

#include "gtest/gtest.h"

#include "checkpoint/expect_model.h"

namespace sotto::test {

void expect_model(const Checkpoint& checkpoint, const SmallModel& model) {
  EXPECT_EQ(checkpoint.dims, model.dims);
  ASSERT_EQ(checkpoint.tensors.size(), model.tensors.size());
  for (const auto& [name, expected] : model.tensors) {
    ASSERT_TRUE(checkpoint.tensors.contains(name)) << name;
    const TensorView& view = checkpoint.tensors.at(name);
    EXPECT_EQ(view.dtype, expected.dtype) << name;
    ASSERT_EQ(view.shape, expected.shape) << name;
    std::string bytes(expected.bytes.size(), '\0');
    read_elements(view, 0, std::as_writable_bytes(std::span(bytes.data(), bytes.size())));
    EXPECT_TRUE(bytes == expected.bytes) << name;
  }
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(file.flush().good()) << path;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace sotto::test
