#include "run/self_test/self_test_json.h"

#include <cmath>

#include "core/base/error.h"
#include "core/json/json_document.h"
#include "run/self_test/json_fields.h"

namespace sotto {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "sotto self-test";
constexpr JsonRules kRules{.what = "a self-test", .most_bytes = std::size_t{4} << 20};

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

/// What sentences are spelled with where their marks are kept.
std::string as_it_is(std::string_view sentence) { return std::string(sentence); }

template <class Spell>
Json result_object(const OperationResult& result, const Spell& spell) {
  return {{"operation", result.operation},
          {"description", result.description},
          {"graphs", result.graphs},
          {"occurrences", result.occurrences},
          {"verdict", name_of(result.verdict)},
          {"function", result.function},
          {"answer", result.answer},
          {"compile_seconds", number(result.compile_seconds)},
          {"run_seconds", number(result.run_seconds)},
          {"elements", result.elements},
          {"wrong_elements", result.wrong_elements},
          {"element", result.element},
          {"expected", number(result.expected)},
          {"found", number(result.found)},
          {"bound", number(result.bound)},
          {"sentence", spell(result.sentence)},
          {"remedy", spell(result.remedy)}};
}

Verdict verdict_of(const std::string& name, const std::string& source) {
  for (const Verdict verdict :
       {Verdict::right, Verdict::wrong, Verdict::refused, Verdict::failed, Verdict::untested}) {
    if (name == name_of(verdict)) return verdict;
  }
  fail(ErrorKind::format, source, ": expected a verdict, found another word");
}

OperationResult result_from(const nlohmann::json& object, const std::string& source) {
  const JsonFields fields(object, source);
  OperationResult result;
  result.operation = fields.text("operation");
  result.description = fields.text("description");
  result.graphs = fields.texts("graphs");
  result.occurrences = fields.count("occurrences");
  result.verdict = verdict_of(fields.text("verdict"), source);
  result.function = fields.text("function");
  result.answer = fields.text("answer");
  result.compile_seconds = fields.number("compile_seconds");
  result.run_seconds = fields.number("run_seconds");
  result.elements = fields.count("elements");
  result.wrong_elements = fields.count("wrong_elements");
  result.element = fields.count("element");
  result.expected = fields.number("expected");
  result.found = fields.number("found");
  result.bound = fields.number("bound");
  result.sentence = fields.text("sentence");
  result.remedy = fields.text("remedy");
  return result;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

Json self_test_object(const SelfTest& test, const OptionSpelling& spelling) {
  const auto spell = [&](std::string_view text) { return spell_options(text, spelling); };
  Json results = Json::array();
  for (const OperationResult& result : test.results) {
    results.push_back(result_object(result, spell));
  }
  return {{"format", kFormat},
          {"version", 1},
          {"simulation", test.simulation},
          {"passed", test.passed()},
          {"bundle", test.bundle},
          {"library", test.library},
          {"library_version", test.version},
          {"seed", test.seed},
          {"seconds", number(test.seconds)},
          {"results", std::move(results)}};
}

std::string self_test_json(const SelfTest& test, const OptionSpelling& spelling) {
  return self_test_object(test, spelling).dump(2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

SelfTest self_test_of(const nlohmann::json& object, const std::string& source) {
  const JsonFields fields(object, source);
  if (fields.text("format") != kFormat || fields.count("version") != 1) {
    fail(ErrorKind::format, source, ": expected \"", kFormat, "\" of version 1, found another");
  }
  SelfTest test;
  test.simulation = fields.truth("simulation");
  test.bundle = fields.text("bundle");
  test.library = fields.text("library");
  test.version = fields.text("library_version");
  test.seed = fields.count("seed");
  test.seconds = fields.number("seconds");
  for (const nlohmann::json& result : fields.list("results")) {
    test.results.push_back(result_from(result, source));
  }
  return test;
}

SelfTest parse_self_test(std::span<const std::byte> bytes, const std::string& source) {
  return self_test_of(parse_json(bytes, source, kRules), source);
}

std::string result_line(const OperationResult& result) {
  return result_object(result, as_it_is).dump(-1, ' ', false, Json::error_handler_t::replace);
}

OperationResult parse_result_line(std::string_view line, const std::string& source) {
  return result_from(parse_json(bytes_of(line), source, kRules), source);
}

}  // namespace sotto
