#include <string>
#include <type_traits>

#include "argument_table.h"
#include "core/base/error.h"
#include "option_words.h"
#include "run/decoding/option_table.h"
#include "run/transcriber/open_recording.h"
#include "shown.h"
#include "spelling.h"
#include "transcribe_arguments.h"

namespace sotto::cli {
namespace {

/// How a row stands on the command line.
struct Shown {
  std::string names;  ///< "-o,--output_dir"
  std::string flag;   ///< "--output_dir"
  std::string placeholder;
  std::string help;
  const char* group;
  std::optional<OptionRange> range;
};

/// Adds the rows of tables to one group of the command.
class Group {
 public:
  Group(CLI::App& command, const char* title) : command_(command), title_(title) {}

  void add(ArgumentTopic topic, TranscribeArguments& arguments) {
    for (const Argument& row : argument_table()) {
      if (row.topic != topic) continue;
      const std::string letter = row.letter == '\0' ? "" : concat('-', row.letter, ',');
      const Shown shown = shown_of(row, letter);
      std::visit([&](auto field) { add_value(shown, argument_value(field, arguments)); },
                 row.field);
    }
  }

  void add(OptionTopic topic, TranscribeOptions& options) {
    for (const TranscribeOption& row : transcribe_option_table()) {
      if (row.topic != topic) continue;
      const Shown shown = shown_of(row, "");
      std::visit([&](auto field) { add_value(shown, value_of(field, options)); }, row.field);
    }
  }

 private:
  template <class Row>
  [[nodiscard]] Shown shown_of(const Row& row, const std::string& letter) const {
    const std::string flag = concat("--", row.name);
    return {letter + flag,        flag,   std::string(row.placeholder),
            with_flags(row.help), title_, row.range};
  }

  template <class Value>
  void add_value(const Shown& shown, Value& value) {
    if constexpr (std::is_same_v<Value, bool>) {
      if (shown.placeholder.empty()) {
        command_.add_flag(shown.names, value, shown.help)->group(shown.group);
        return;
      }
    }
    CLI::Option* option = command_.add_option_function<std::string>(
        shown.names,
        [&value, flag = shown.flag, range = shown.range](const std::string& word) {
          read_value({flag, word, range}, value);
        },
        shown.help);
    option->group(shown.group)->type_name(shown.placeholder);
    const std::string standard = word_of(value);
    const bool says_none = shown.placeholder.ends_with("|None");
    if (!standard.empty() && (standard != "None" || says_none)) option->default_str(standard);
  }

  void add_value(const Shown& shown, Trust& trust) {
    command_
        .add_flag_callback(
            shown.names, [&trust] { trust = Trust::any_files; }, shown.help)
        ->group(shown.group);
  }

  CLI::App& command_;
  const char* title_;
};

constexpr const char* kModel = "Model";

void add_inputs(CLI::App& command, TranscribeArguments& arguments) {
  const std::string kinds = reads_media() ? "of any format that FFmpeg reads" : "in WAV files";
  command
      .add_option("inputs", arguments.inputs,
                  "Recordings " + kinds +
                      "; folders of them; quoted patterns such as 'calls/*.mp3'; - for standard "
                      "input")
      ->required()
      ->type_name("FILE");
  Group(command, "Input").add(ArgumentTopic::input, arguments);
  command.add_option("-m,--model", arguments.model, "A bundle, or a checkpoint of any format")
      ->required()
      ->type_name("PATH")
      ->group(kModel);
}

}  // namespace

void add_transcribe_options(CLI::App& command, TranscribeArguments& arguments) {
  constexpr std::int64_t kRows = 5;  // the reference's command line has them, its library has not
  TranscribeOptions& options = arguments.options;
  options.decoding.beam_size = kRows;
  options.decoding.best_of = kRows;
  add_inputs(command, arguments);
  Group(command, kModel).add(ArgumentTopic::model, arguments);
  Group(command, "Output").add(ArgumentTopic::output, arguments);
  Group speech(command, "Speech");
  speech.add(OptionTopic::speech, options);
  speech.add(ArgumentTopic::listening, arguments);
  Group decoding(command, "Decoding");
  decoding.add(ArgumentTopic::temperature, arguments);
  decoding.add(OptionTopic::decoding, options);
  Group(command, "When to try again, and what to take for silence")
      .add(OptionTopic::thresholds, options);
  Group words(command, "Words (all but the first need it)");
  words.add(OptionTopic::words, options);
  words.add(ArgumentTopic::subtitles, arguments);
}

}  // namespace sotto::cli
