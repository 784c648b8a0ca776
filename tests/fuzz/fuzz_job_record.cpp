#include <vector>

#include "core/json/json_document.h"
#include "fuzz/fuzz_target.h"
#include "job_record_text.h"

using namespace sotto;

namespace {

/// The job that the input itself names, so that it is a record of that job more often than not.
nlohmann::json own_job(std::span<const std::byte> record) {
  try {
    const nlohmann::json read = parse_json(record, test::kFuzzed);
    const auto job = read.find("job");
    if (job != read.end()) return *job;
  } catch (const Error&) {
    // No record at all.
  }
  return nullptr;
}

}  // namespace

// A record that cannot be read is none, and is never an error. What is read is written so that it
// is read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = test::bytes_of(data, size);
  const nlohmann::json job = own_job(bytes);
  const std::vector<OutputFormat> formats = cli::formats_recorded(bytes, job);
  if (formats.empty()) return 0;
  const std::string text = cli::record_text(job, formats);
  if (cli::formats_recorded(std::as_bytes(std::span(text)), job) != formats) std::abort();
  return 0;
}
