#include "run/self_test/json_fields.h"

#include <limits>

#include "core/base/error.h"
#include "core/json/json_document.h"

namespace sotto {

using Json = nlohmann::json;

JsonFields::JsonFields(const Json& object, const std::string& source)
    : object_(object), source_(source) {
  if (!object.is_object()) fail(ErrorKind::format, source, ": expected an object, found another");
}

void JsonFields::refuse(const char* key, const char* expected) const {
  fail(ErrorKind::format, source_, ": expected ", expected, " \"", key, "\", found none");
}

bool JsonFields::has(const char* key) const {
  const auto found = object_.find(key);
  return found != object_.end() && !found->is_null();
}

const Json& JsonFields::at(const char* key) const {
  const auto found = object_.find(key);
  if (found == object_.end()) refuse(key, "a member");
  return *found;
}

std::string JsonFields::text(const char* key) const {
  const Json& value = at(key);
  if (!value.is_string()) refuse(key, "a string");
  return value.get_ref<const std::string&>();
}

bool JsonFields::truth(const char* key) const {
  const Json& value = at(key);
  if (!value.is_boolean()) refuse(key, "true or false as");
  return value.get<bool>();
}

std::uint64_t JsonFields::count(const char* key) const {
  const Json& value = at(key);
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  const auto integer = as_integer(value);
  if (!integer || *integer < 0) refuse(key, "a whole number, none below 0, as");
  return static_cast<std::uint64_t>(*integer);
}

double JsonFields::number(const char* key) const {
  const Json& value = at(key);
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!value.is_number()) refuse(key, "a number");
  return value.get<double>();
}

const Json& JsonFields::list(const char* key) const {
  const Json& value = at(key);
  if (!value.is_array()) refuse(key, "a list");
  return value;
}

std::vector<std::string> JsonFields::texts(const char* key) const {
  std::vector<std::string> result;
  for (const Json& value : list(key)) {
    if (!value.is_string()) refuse(key, "a list of strings");
    result.push_back(value.get_ref<const std::string&>());
  }
  return result;
}

}  // namespace sotto
