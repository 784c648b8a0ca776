#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <random>

#include "core/archive/zip_reader.h"
#include "core/base/error.h"
#include "run/backends/registry.h"
#include "support/files.h"
#include "support/model_part.h"
#include "support/temp_folder.h"
#include "torchscript/archive_entries.h"

// Damage to every kind of field of a small archive, and then on to libtorch with what is still
// taken: each file is refused with a sentence, or runs.

namespace sotto::test {
namespace {

using Mutation = std::function<std::string(std::mt19937_64&)>;

std::size_t below(std::mt19937_64& random, std::size_t count) { return random() % count; }

/// Sets a byte of text to one that means something where it stands: an opcode, a digit, a sign.
void change_byte(std::string& text, std::mt19937_64& random) {
  static const std::string kTelling =
      std::string("\0\x01\x7f\x80\xff", 5) + ".()}]cQRtubXKMJN\x81\x88\x89:,=#/019 \n";
  text[below(random, text.size())] = kTelling[below(random, kTelling.size())];
}

/// What happens to the content of an entry: a byte changes, bytes go or come twice.
void mutate(std::string& text, std::mt19937_64& random) {
  if (text.empty()) return;
  const std::size_t first = below(random, text.size());
  const std::size_t count = 1 + below(random, std::min<std::size_t>(16, text.size() - first));
  switch (below(random, 4)) {
    case 0:
      text.erase(first, count);
      break;
    case 1:
      text.insert(first, text.substr(first, count));
      break;
    default:
      change_byte(text, random);
  }
}

class TorchScriptMutations : public testing::Test {
 protected:
  void SetUp() override {
    const auto names = backend_names();
    if (std::find(names.begin(), names.end(), "torchscript") == names.end()) {
      GTEST_SKIP() << "built without libtorch";
    }
  }

  [[nodiscard]] ArchiveEntries entries() const {
    return entries_of(std::as_bytes(std::span(own_)));
  }

  /// Runs the bytes as small_part(). They may be refused with one sentence about the file.
  void load_and_run(const std::string& bytes) {
    const auto file = folder_ / "part.pt";
    write_file(file, bytes);
    try {
      const auto executable =
          make_backend("torchscript")->load(part_in("torchscript", file, [](std::int64_t) {
            return small_part();
          }));
      const Tensor input(DType::float32, {1, 4, 2});
      Tensor output(DType::float32, {1, 4, 2});
      const Tensor* inputs[] = {&input};
      Tensor* outputs[] = {&output};
      executable->run(inputs, outputs);
      ++taken_;
    } catch (const Error& error) {
      const std::string said = error.what();
      EXPECT_TRUE(said.starts_with(file.string() + ": ")) << said;
      EXPECT_EQ(said.find('\n'), std::string::npos) << said;
      ++refused_;
    }
  }

  void load_and_run_many(int count, const Mutation& mutation) {
    std::mt19937_64 random(7);
    for (int i = 0; i < count; ++i) load_and_run(mutation(random));
  }

  std::string own_ = torchscript_of(small_part());
  TempFolder folder_;
  int taken_ = 0, refused_ = 0;
};

TEST_F(TorchScriptMutations, OfContents) {
  load_and_run_many(300, [&](std::mt19937_64& random) {
    ArchiveEntries mutated = entries();
    mutate(mutated[below(random, mutated.size())].second, random);
    return archive_of(mutated);
  });
  EXPECT_GT(refused_, 150);
  EXPECT_GT(taken_, 0);  // values may be anything
}

TEST_F(TorchScriptMutations, OfNamesAndOrder) {
  load_and_run_many(100, [&](std::mt19937_64& random) {
    ArchiveEntries mutated = entries();
    const std::size_t which = below(random, mutated.size());
    switch (below(random, 4)) {
      case 0:
        mutate(mutated[which].first, random);
        break;
      case 1:
        std::swap(mutated[which], mutated[(which + 1) % mutated.size()]);
        break;
      case 2:
        mutated.erase(mutated.begin() + static_cast<std::ptrdiff_t>(which));
        break;
      default:
        mutated.emplace_back(mutated[which].first + "x", mutated[which].second);
    }
    return archive_of(mutated);
  });
  EXPECT_GT(refused_, 90);
}

TEST_F(TorchScriptMutations, OfHeadersAndTheDirectory) {
  const ZipReader zip(std::as_bytes(std::span(own_)), "archive");
  std::vector<std::size_t> places;  // of records: local headers, what is behind the last content
  for (const ZipEntry& entry : zip.entries()) {
    for (std::size_t i = 0; i < 30; ++i)
      places.push_back(static_cast<std::size_t>(entry.header) + i);
  }
  for (auto i = static_cast<std::size_t>(zip.entries().back().end); i < own_.size(); ++i) {
    places.push_back(i);
  }
  load_and_run_many(300, [&](std::mt19937_64& random) {
    std::string mutated = own_;
    const std::size_t place = places[below(random, places.size())];
    mutated[place] = static_cast<char>(mutated[place] ^ (1 << below(random, 8)));
    return mutated;
  });
  EXPECT_EQ(taken_, 0);
}

TEST_F(TorchScriptMutations, OfValues) {
  load_and_run_many(50, [&](std::mt19937_64& random) {
    ArchiveEntries mutated = entries();
    for (auto& [name, content] : mutated) {
      if (name.find("/data/") == std::string::npos) continue;
      for (char& byte : content) byte = static_cast<char>(random());
    }
    return archive_of(mutated);
  });
  EXPECT_EQ(taken_, 50);
}

}  // namespace
}  // namespace sotto::test
