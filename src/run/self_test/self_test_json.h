#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "core/base/option.h"
#include "run/self_test/self_test.h"

namespace sotto {

// A self-test as JSON: docs/doctor.md has the fields.

/// Options in sentences are spelled as `spelling` says. What is no number is null.
[[nodiscard]] std::string self_test_json(const SelfTest& test, const OptionSpelling& spelling);

/// Reads it back. Untrusted: throws format, naming `source` and the field, for what
/// self_test_json() does not write, and unsupported for more than 4 MiB. Fields that it does not
/// know are passed over.
[[nodiscard]] SelfTest parse_self_test(std::span<const std::byte> bytes, const std::string& source);

/// The same as a part of other JSON.
[[nodiscard]] nlohmann::ordered_json self_test_object(const SelfTest& test,
                                                      const OptionSpelling& spelling);
[[nodiscard]] SelfTest self_test_of(const nlohmann::json& object, const std::string& source);

/// One result on a line, options marked, and back: what a child tells its parent.
[[nodiscard]] std::string result_line(const OperationResult& result);
[[nodiscard]] OperationResult parse_result_line(std::string_view line, const std::string& source);

}  // namespace sotto
