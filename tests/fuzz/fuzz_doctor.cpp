#include "fuzz/fuzz_target.h"
#include "run/doctor/findings.h"
#include "run/doctor/report_json.h"

using namespace sotto;

namespace {

std::string plain(const Option& option) { return std::string(option.name); }

}  // namespace

// A report that came over a wire: what is read is judged, written and read again without end or
// error, and written as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return test::fuzz([&] {
    Report report = parse_report(test::bytes_of(data, size), test::kFuzzed);
    const std::string text = report_json(report, plain);
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    if (report_json(parse_report(bytes, "again"), plain) != text) std::abort();
    judge(report);
  });
}
