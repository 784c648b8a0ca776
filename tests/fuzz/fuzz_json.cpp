#include <vector>

#include "core/json/json_document.h"
#include "fuzz/fuzz_target.h"

using namespace sotto;

// What is taken can be printed, and printed it is taken again and is the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = test::bytes_of(data, size);
  test::fuzz([&] {
    const nlohmann::json document = parse_any_json(bytes, test::kFuzzed);
    const std::string text = document.dump(1);
    if (parse_any_json(std::as_bytes(std::span(text)), test::kFuzzed) != document) std::abort();
  });
  // What Python calls numbers and JSON does not is printed as null.
  test::fuzz([&] {
    const nlohmann::json document = parse_any_json(bytes, test::kFuzzed, kPythonJson);
    const std::string text = document.dump(1);
    const auto printed = parse_any_json(std::as_bytes(std::span(text)), test::kFuzzed);
    if (printed.dump(1) != text) std::abort();
  });
  return test::fuzz([&] {
    const auto members = parse_json_members(bytes, test::kFuzzed);
    const nlohmann::json document = parse_json(bytes, test::kFuzzed);
    if (members.size() != document.size()) std::abort();
    for (const auto& [name, value] : members) {
      if (document.at(name) != value) std::abort();
    }
  });
}
