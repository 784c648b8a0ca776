#include <array>
#include <charconv>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/bundle/bundle.h"
#include "run/doctor/probes.h"
#include "run/doctor/report_json.h"
#include "run/doctor/watched_child.h"
#include "run/self_test/self_test_json.h"

namespace sotto {
namespace {

using std::chrono::milliseconds;

constexpr const char* kSource = "the answer of a child process";
// What the child says stands behind these words: the vendor's library may print lines of its own.
constexpr std::string_view kAnswer = "answer ";
constexpr std::string_view kBegin = "begin ";
constexpr std::string_view kEnd = "end ";

/// "signal 11 (Segmentation fault)", or "exit code 1".
std::string ending_of(const WatchedRun& run) {
  constexpr int kSignalled = 128;
  if (!run.crashed()) return concat("exit code ", run.exit_code);
  const int signal = run.exit_code - kSignalled;
  return concat("signal ", signal, " (", ::strsignal(signal), ')');
}

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of("\n ");
  if (end == std::string::npos) return {};
  const auto begin = text.find_last_of('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin + 1) + 1);
}

std::string death_of(const WatchedRun& run, milliseconds patience) {
  if (run.stood_still) return concat("it said nothing for ", patience.count() / 1000, " s");
  const std::string said = last_line(run.errors);
  return concat("its process ended with ", ending_of(run), said.empty() ? "" : ": ", said);
}

std::function<void(std::string_view)> answer_in(std::string& answer) {
  return [&answer](std::string_view line) {
    if (line.starts_with(kAnswer)) answer = line.substr(kAnswer.size());
  };
}

class Children : public Probes {
 public:
  Children(std::filesystem::path program, std::vector<std::string> words,
           const ChildPatience& patience)
      : program_(std::move(program)), words_(std::move(words)), patience_(patience) {}

  // A child goes on where there is no library of a name, and ends behind the first that there is:
  // no two of the vendor's are in one process.
  std::vector<LibraryFacts> libraries(const std::vector<LibraryQuestion>& questions) override {
    std::vector<LibraryFacts> facts;
    while (facts.size() < questions.size()) {
      std::vector<std::string> words{"libraries"};
      for (std::size_t i = facts.size(); i < questions.size(); ++i) {
        words.emplace_back(name_of(questions[i].kind));
        words.push_back(questions[i].name);
      }
      const std::size_t before = facts.size();
      const auto run = ask(words, patience_.library, [&](std::string_view line) {
        if (!line.starts_with(kAnswer) || facts.size() == questions.size()) return;
        facts.push_back(parse_library_line(line.substr(kAnswer.size()), kSource));
      });
      if (!run) {
        facts.push_back(probe_library(questions[facts.size()]));
      } else if (facts.size() == before || run->stood_still || run->crashed()) {
        if (facts.size() < questions.size()) facts.push_back(lost(questions[facts.size()], *run));
      }
    }
    return facts;
  }

  GraphFacts graph(const GraphQuestion& question) override {
    std::string answer;
    const auto run = ask({"graph", question.file.string(), concat(question.inputs),
                          concat(question.outputs), question.adapter.string()},
                         patience_.graph, answer_in(answer));
    if (!run) return probe_graph(question);
    if (!answer.empty()) return parse_graph_line(answer, kSource);
    GraphFacts facts;
    facts.state = run->stood_still ? FileState::stalled : FileState::crashed;
    facts.message = death_of(*run, patience_.graph);
    return facts;
  }

  // A child that dies has left one operation without an answer; another goes on behind that.
  void self_test(const SelfTestQuestion& question, const SelfTestListener& listener) override {
    const std::vector<OperationCase> cases = operation_cases(Bundle::open(question.bundle));
    std::uint64_t next = question.first;
    while (next < cases.size()) {
      const std::uint64_t first = next;
      const auto run = ask({"self-test", question.bundle.string(), concat(next),
                            concat(question.seed), question.adapter.string()},
                           patience_.operation, [&](std::string_view line) {
                             if (line.starts_with(kBegin)) listener.begin(next);
                             if (!line.starts_with(kEnd)) return;
                             listener.end(parse_result_line(line.substr(kEnd.size()), kSource));
                             ++next;
                           });
      if (!run) {
        return try_operations({question.bundle, question.adapter, next, question.seed}, listener);
      }
      if (next >= cases.size()) return;
      const bool never_began = next == first && !run->stood_still && !run->crashed();
      if (never_began) fail(ErrorKind::unavailable, last_line(run->errors));
      OperationResult lost = result_of(cases[next++]);
      lost.verdict = Verdict::failed;
      lost.sentence = concat(lost.operation, ' ', lost.description,
                             ": the vendor's library does "
                             "not come back: ",
                             death_of(*run, patience_.operation));
      lost.remedy = "update the device's NeuroPilot, or report this with the device's version";
      listener.end(std::move(lost));
    }
  }

 private:
  [[nodiscard]] LibraryFacts lost(const LibraryQuestion& question, const WatchedRun& run) const {
    LibraryFacts facts;
    facts.kind = question.kind;
    facts.name = question.name;
    facts.state = run.stood_still ? LibraryState::stalled : LibraryState::crashed;
    facts.message = death_of(run, patience_.library);
    return facts;
  }

  /// Nothing where no child can be started.
  std::optional<WatchedRun> ask(const std::vector<std::string>& question, milliseconds patience,
                                const std::function<void(std::string_view)>& use) {
    Command command{program_, words_, {}, {}};
    command.arguments.insert(command.arguments.end(), question.begin(), question.end());
    try {
      return run_watched(command, patience, use);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::io) throw;
      return std::nullopt;
    }
  }

  std::filesystem::path program_;
  std::vector<std::string> words_;
  ChildPatience patience_;
};

std::uint64_t number_in(const std::string& word) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) {
    fail(ErrorKind::usage, "expected a number, found \"", word, '"');
  }
  return number;
}

LibraryKind kind_in(const std::string& word) {
  for (const LibraryKind kind :
       {LibraryKind::adapter, LibraryKind::runtime, LibraryKind::stable_delegate,
        LibraryKind::litert, LibraryKind::service}) {
    if (word == name_of(kind)) return kind;
  }
  fail(ErrorKind::usage, "expected a kind of library, found \"", word, '"');
}

}  // namespace

std::unique_ptr<Probes> probes_in_children(std::filesystem::path program,
                                           std::vector<std::string> words,
                                           const ChildPatience& patience) {
  return std::make_unique<Children>(std::move(program), std::move(words), patience);
}

void answer_probe(const std::vector<std::string>& words,
                  const std::function<void(const std::string& line)>& say) {
  const std::string question = words.empty() ? "" : words.front();
  if (question == "libraries" && words.size() > 1 && words.size() % 2 == 1) {
    for (std::size_t i = 1; i < words.size(); i += 2) {
      const LibraryFacts facts = probe_library({kind_in(words[i]), words[i + 1]});
      say(concat(kAnswer, library_line(facts)));
      if (facts.state != LibraryState::absent) return;
    }
  } else if (question == "graph" && words.size() == 5) {
    say(concat(kAnswer, graph_line(probe_graph(
                            {words[1], number_in(words[2]), number_in(words[3]), words[4]}))));
  } else if (question == "self-test" && words.size() == 5) {
    try_operations(
        {words[1], words[4], number_in(words[2]), number_in(words[3])},
        {[&](std::uint64_t index) { say(concat(kBegin, index)); },
         [&](const OperationResult& result) { say(concat(kEnd, result_line(result))); }});
  } else {
    fail(ErrorKind::usage, "expected a question of Sotto's own, found another");
  }
}

}  // namespace sotto
