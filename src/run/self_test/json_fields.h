#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sotto {

/// Reads the members of an object of untrusted JSON. Everything throws format, naming `source` and
/// the key, where the object has no such member, or one of another type.
class JsonFields {
 public:
  JsonFields(const nlohmann::json& object, const std::string& source);

  [[nodiscard]] bool has(const char* key) const;  ///< and it is not null
  [[nodiscard]] const nlohmann::json& at(const char* key) const;
  [[nodiscard]] std::string text(const char* key) const;
  [[nodiscard]] bool truth(const char* key) const;
  [[nodiscard]] std::uint64_t count(const char* key) const;
  [[nodiscard]] double number(const char* key) const;  ///< null is NaN
  [[nodiscard]] std::vector<std::string> texts(const char* key) const;
  [[nodiscard]] const nlohmann::json& list(const char* key) const;

 private:
  [[noreturn]] void refuse(const char* key, const char* expected) const;

  const nlohmann::json& object_;
  const std::string& source_;
};

}  // namespace sotto
