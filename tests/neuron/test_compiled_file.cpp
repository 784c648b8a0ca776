#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

#include "core/neuron/compiled_file.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using neuron::open_compiled;

using testing::HasSubstr;

// Made by LiteRT 2.3.0's plugin of a small file of Sotto's, over the simulator.
constexpr const char* kPartition = "tests/fuzz/corpus/compiled/partition";

class CompiledFiles : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path write(const std::string& bytes) const {
    write_file(folder_ / "file.tflite", bytes);
    return folder_ / "file.tflite";
  }
  TempFolder folder_;
};

TEST_F(CompiledFiles, OfThePluginHaveTheirNetworkVersionAndNames) {
  const auto found = open_compiled(kPartition);
  ASSERT_TRUE(found.version);
  EXPECT_EQ(found.version->major, 8);
  EXPECT_EQ(found.version->minor, 2);
  EXPECT_EQ(found.version->patch, 26);
  EXPECT_FALSE(found.inputs.empty());
  EXPECT_FALSE(found.outputs.empty());
  ASSERT_GT(found.network.size(), 64U);
  EXPECT_EQ(std::memcmp(found.network.data(), "sotto simulated", 15), 0);
}

TEST_F(CompiledFiles, OfOtherToolchainsAreNetworksFromEndToEnd) {
  const auto found = open_compiled(write("any bytes of a vendor's"));
  EXPECT_EQ(found.network.size(), 23U);
  EXPECT_FALSE(found.version);
  EXPECT_TRUE(found.inputs.empty());
}

TEST_F(CompiledFiles, ThatAreCutOffAreRefused) {
  const std::string whole = read_file(kPartition);
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto file = write(whole.substr(0, size));
    try {
      const auto found = open_compiled(file);
      EXPECT_LE(found.network.size(), size);
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("file.tflite"));
      ++refused;
    }
  }
  EXPECT_GT(refused, whole.size() / 2);
}

TEST_F(CompiledFiles, WithoutBytesAreRefused) {
  expect_error(ErrorKind::format, (folder_ / "file.tflite").string(),
               [&] { static_cast<void>(open_compiled(write(""))); });
}

}  // namespace
}  // namespace sotto::test
