#include "job_record_text.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/json/json_document.h"
#include "transcribe_arguments.h"

namespace sotto::cli {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;

bool names_format(const Json& formats, OutputFormat format) {
  return std::any_of(formats.begin(), formats.end(),
                     [&](const Json& one) { return one == extension(format); });
}

/// The member of an object, null where there is none. Nothing is copied.
const Json& member(const Json& object, const char* key) {
  static const Json null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

}  // namespace

std::string record_text(const Json& job, std::span<const OutputFormat> formats) {
  Json names = Json::array();
  for (const OutputFormat format : formats) names.push_back(extension(format));
  const Json record = {{"version", kVersion}, {"job", job}, {"formats", names}};
  return record.dump(1) + "\n";
}

std::vector<OutputFormat> formats_recorded(std::span<const std::byte> record, const Json& job) {
  Json read;
  try {
    read = parse_json(record, "record");
  } catch (const Error&) {
    return {};
  }
  if (member(read, "version") != kVersion || member(read, "job") != job) return {};
  std::vector<OutputFormat> formats;
  for (const OutputFormat format : kAllFormats) {
    if (names_format(member(read, "formats"), format)) formats.push_back(format);
  }
  return formats;
}

}  // namespace sotto::cli
