#include "run/deployment/device_transcript.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/base/error.h"
#include "core/json/json_document.h"

namespace sotto {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kPeak = "VmHWM:";
constexpr std::size_t kMostTokens = 1 << 20;

class LineReader {
 public:
  LineReader(const Json& object, const std::string& source) : object_(object), source_(source) {}

  [[nodiscard]] DeviceTranscript read() const {
    DeviceTranscript result;
    result.file = text_of("audio_file");
    result.text = text_of("text");
    result.language = text_of("language");
    result.audio_seconds = number_of(object_, "audio_seconds");
    result.audio_time = number_of(object_, "audio_time");
    result.encode_time = number_of(object_, "encode_time");
    result.decode_time = number_of(object_, "decode_time");
    for (const Json& segment : array_of(object_, "segments")) {
      result.segments.emplace_back(number_of(segment, "start"), number_of(segment, "end"));
      for (const Json& token : array_of(segment, "tokens")) {
        const auto id = as_integer(token).value_or(-1);
        if (id < 0 || id > std::numeric_limits<TokenId>::max() ||
            result.tokens.size() == kMostTokens) {
          refuse("tokens");
        }
        result.tokens.push_back(static_cast<TokenId>(id));
      }
    }
    return result;
  }

 private:
  [[noreturn]] void refuse(const char* field) const {
    fail(ErrorKind::format, source_, ": expected what Sotto prints of a recording, found \"", field,
         "\" missing or of another kind");
  }
  [[nodiscard]] std::string text_of(const char* field) const {
    const auto found = object_.find(field);
    if (found == object_.end() || !found->is_string()) refuse(field);
    return found->get<std::string>();
  }
  [[nodiscard]] double number_of(const Json& object, const char* field) const {
    if (!object.is_object()) refuse(field);
    const auto found = object.find(field);
    if (found == object.end() || !found->is_number()) refuse(field);
    return found->get<double>();
  }
  [[nodiscard]] const Json& array_of(const Json& object, const char* field) const {
    if (!object.is_object()) refuse(field);
    const auto found = object.find(field);
    if (found == object.end() || !found->is_array()) refuse(field);
    return *found;
  }

  const Json& object_;
  const std::string& source_;
};

std::optional<std::int64_t> kilobytes_of(std::string_view line) {
  line.remove_prefix(kPeak.size());
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  std::int64_t value = 0;
  const auto [stopped, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  return error == std::errc() && value > 0 ? std::optional(value) : std::nullopt;
}

}  // namespace

DeviceOutput parse_device_output(const std::string& text, const std::string& device) {
  DeviceOutput output;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.starts_with(kPeak)) {
      output.peak_kilobytes = kilobytes_of(line);
    } else if (line.starts_with('{')) {
      const Json object = parse_json(std::as_bytes(std::span(line)), device, kPythonJson);
      output.transcripts.push_back(LineReader(object, device).read());
    }
  }
  return output;
}

}  // namespace sotto
