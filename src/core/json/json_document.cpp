#include "core/json/json_document.h"

#include <utility>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/json/not_finite.h"
#include "core/signatures/other_files.h"

namespace sotto {
namespace {

using nlohmann::json;

constexpr std::size_t kDeepest = 16;
constexpr std::size_t kMostItems = std::size_t{1} << 20;

// Builds the document from the parser's events. nlohmann's own builder with a callback would look
// through all of a container's elements at the end of each of them, and one without a callback
// refuses nothing: not a key that stands twice, not what would exhaust the memory, nor a depth that
// overflows the stack of whoever copies or compares the document, which values do recursively.
class Builder : public nlohmann::json_sax<json> {
 public:
  Builder(const std::string& source, const JsonRules& rules) : source_(source), rules_(rules) {}

  /// Those of the numbers to come that have placeholders in the text.
  void expect(std::vector<NotFiniteNumber> numbers) { not_finite_ = std::move(numbers); }

  [[nodiscard]] json& document() { return document_; }

  /// Keys of the topmost object, as they came.
  [[nodiscard]] const std::vector<std::string>& members() const { return members_; }

  /// Keys of the objects that are its members, as they came, each with that member's own.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& inner() const {
    return inner_;
  }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add_number(value); }
  bool number_unsigned(number_unsigned_t value) override { return add_number(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return add_number(value);
  }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }  // text has none
  bool start_object(std::size_t /*size*/) override { return open(json::object()); }
  bool start_array(std::size_t /*size*/) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& key) override {
    count();
    if (open_.size() == 1) members_.push_back(key);
    if (open_.size() == 2 && document_.is_object()) inner_.emplace_back(members_.back(), key);
    auto& members = open_.back()->get_ref<json::object_t&>();
    const auto [place, is_new] = members.emplace(std::move(key), nullptr);
    if (!is_new) {
      fail(ErrorKind::format, source_, ": expected keys that differ, found ",
           printable(place->first), " twice");
    }
    member_ = &place->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& error) override {
    if (dynamic_cast<const nlohmann::json::out_of_range*>(&error) != nullptr) {
      fail(ErrorKind::format, source_, ": expected ", rules_.what,
           ", found a number in it that no number type holds");
    }
    fail(ErrorKind::format, source_, ": expected ", rules_.what, ", found it malformed at byte ",
         position);
  }

 private:
  void count() {
    if (++items_ <= kMostItems) return;
    fail(ErrorKind::unsupported, source_, ": expected ", rules_.what, " of at most ", kMostItems,
         " keys and values, found more");
  }

  /// Where the value went: it stays there until the container around it gets another.
  json& place(json value) {
    count();
    if (open_.empty()) return document_ = std::move(value);
    json& container = *open_.back();
    if (container.is_object()) return *member_ = std::move(value);
    container.push_back(std::move(value));
    return container.back();
  }

  bool add(json value) {
    place(std::move(value));
    return true;
  }

  bool add_number(json value) {
    const bool is_placeholder =
        next_ < not_finite_.size() && not_finite_[next_].ordinal == numbers_;
    ++numbers_;
    return add(is_placeholder ? json(not_finite_[next_++].value) : std::move(value));
  }

  bool open(json container) {
    if (open_.size() == kDeepest) {
      fail(ErrorKind::format, source_, ": expected ", rules_.what, " nested at most ", kDeepest,
           " deep, found more");
    }
    open_.push_back(&place(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  const std::string& source_;
  const JsonRules& rules_;
  json document_;
  json* member_ = nullptr;   // of the innermost object, under its last key
  std::vector<json*> open_;  // from the top inwards
  std::size_t items_ = 0;
  std::vector<std::string> members_;
  std::vector<NotFiniteNumber> not_finite_;
  std::size_t next_ = 0;     // of them
  std::size_t numbers_ = 0;  // so far
  std::vector<std::pair<std::string, std::string>> inner_;
};

void build(std::span<const std::byte> bytes, Builder& builder, const std::string& source,
           const JsonRules& rules) {
  if (bytes.size() > rules.most_bytes) {
    fail(ErrorKind::unsupported, source, ": expected ", rules.what, " of at most ",
         rules.most_bytes, " bytes, found ", bytes.size());
  }
  refuse_other_files(FileSample{bytes, bytes.size(), source}, Wanted::json);
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  FiniteText finite;
  if (rules.not_finite == JsonRules::NotFinite::taken) {
    finite = with_finite_numbers(text);
    if (!finite.numbers.empty()) text = finite.text;
    builder.expect(std::move(finite.numbers));
  }
  json::sax_parse(text.begin(), text.end(), &builder);
}

void check_object(const nlohmann::json& document, const std::string& source) {
  if (document.is_object()) return;
  fail(ErrorKind::format, source, ": expected a JSON object, found ", document.type_name());
}

}  // namespace

nlohmann::json parse_any_json(std::span<const std::byte> bytes, const std::string& source,
                              const JsonRules& rules) {
  Builder builder(source, rules);
  build(bytes, builder, source, rules);
  return std::move(builder.document());
}

nlohmann::json parse_json(std::span<const std::byte> bytes, const std::string& source,
                          const JsonRules& rules) {
  json document = parse_any_json(bytes, source, rules);
  check_object(document, source);
  return document;
}

std::vector<std::pair<std::string, nlohmann::json>> parse_json_members(
    std::span<const std::byte> bytes, const std::string& source, const JsonRules& rules) {
  Builder builder(source, rules);
  build(bytes, builder, source, rules);
  check_object(builder.document(), source);
  std::vector<std::pair<std::string, json>> members;
  members.reserve(builder.members().size());
  for (const std::string& key : builder.members()) {
    members.emplace_back(key, std::move(builder.document()[key]));
  }
  return members;
}

std::vector<std::string> json_keys_of(std::span<const std::byte> bytes, const std::string& key,
                                      const std::string& source, const JsonRules& rules) {
  Builder builder(source, rules);
  build(bytes, builder, source, rules);
  check_object(builder.document(), source);
  std::vector<std::string> keys;
  for (const auto& [member, inner] : builder.inner()) {
    if (member == key) keys.push_back(inner);
  }
  return keys;
}

nlohmann::json read_json(const std::filesystem::path& path, const JsonRules& rules) {
  return parse_json(MappedFile::open(path)->bytes(), path.string(), rules);
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
