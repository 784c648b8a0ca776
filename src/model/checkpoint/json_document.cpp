#include "model/checkpoint/json_document.h"

#include <functional>
#include <set>
#include <vector>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"

namespace sotto {
namespace {

constexpr std::size_t kMostBytes = 16 << 20;
constexpr int kDeepest = 16;

// Refuses during parsing what a parsed document no longer shows (a key that stands twice) and what
// would exhaust the parser.
class Guard {
 public:
  explicit Guard(const std::string& source) : source_(source) {}

  bool operator()(int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    if (depth > kDeepest) {
      fail(ErrorKind::format, source_, ": expected JSON nested at most ", kDeepest,
           " deep, found more");
    }
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(value.get<std::string>()).second) {
      fail(ErrorKind::format, source_, ": expected keys that differ, found ",
           printable(value.get<std::string>()), " twice");
    }
    return true;
  }

 private:
  const std::string& source_;
  std::vector<std::set<std::string>> keys_;
};

}  // namespace

nlohmann::json parse_json(std::span<const std::byte> bytes, const std::string& source) {
  if (bytes.size() > kMostBytes) {
    fail(ErrorKind::unsupported, source, ": expected at most ", kMostBytes,
         " bytes of JSON, found ", bytes.size());
  }
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  try {
    Guard guard(source);
    const nlohmann::json::parser_callback_t callback = std::ref(guard);
    auto document = nlohmann::json::parse(text, text + bytes.size(), callback);
    if (!document.is_object()) {
      fail(ErrorKind::format, source, ": expected a JSON object, found ", document.type_name());
    }
    return document;
  } catch (const nlohmann::json::parse_error& error) {
    fail(ErrorKind::format, source, ": expected JSON, found it malformed at byte ", error.byte);
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::format, source, ": expected JSON, found a number that no number type holds");
  }
}

nlohmann::json read_json(const std::filesystem::path& path) {
  return parse_json(MappedFile::open(path)->bytes(), path.string());
}

std::int64_t integer_of(const nlohmann::json& object, const std::string& key,
                        const std::string& source) {
  const auto found = object.find(key);
  if (found == object.end()) {
    fail(ErrorKind::format, source, ": expected the integer ", key, ", found none");
  }
  const auto value = as_integer(*found);
  if (!value) {
    fail(ErrorKind::format, source, ": expected ", key, " to be an integer, found ",
         found->type_name());
  }
  return *value;
}

std::optional<std::int64_t> as_integer(const nlohmann::json& value) {
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
  return fits ? std::optional(value.get<std::int64_t>()) : std::nullopt;
}

}  // namespace sotto
