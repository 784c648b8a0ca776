#include "inputs.h"

#include <algorithm>
#include <array>
#include <glob.h>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/error.h"
#include "run/transcriber/open_recording.h"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 33> kExtensions{
    ".3gp",  ".aac", ".ac3", ".aif", ".aiff", ".amr", ".au",  ".avi",  ".caf",  ".flac", ".flv",
    ".m2ts", ".m4a", ".m4b", ".m4v", ".mka",  ".mkv", ".mov", ".mp2",  ".mp3",  ".mp4",  ".mpeg",
    ".mpg",  ".oga", ".ogg", ".ogv", ".opus", ".ts",  ".wav", ".weba", ".webm", ".wma",  ".wmv"};

/// By its name, of a kind that this build reads.
bool is_recording(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& letter : extension) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  if (!reads_media()) return extension == ".wav";
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

std::vector<fs::path> recordings_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;  // what cannot be looked at is no recording
    if (is_recording(entry->path()) && entry->is_regular_file(ignored)) {
      paths.push_back(entry->path());
    }
  }
  if (error) fail(ErrorKind::io, folder.string(), ": cannot be listed: ", error.message());
  if (paths.empty()) {
    fail(ErrorKind::not_found, folder.string(),
         ": expected recordings in this folder, found no file with the name of one");
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// What matches the pattern, sorted; empty when nothing does.
std::vector<fs::path> matches(const std::string& pattern) {
  glob_t found{};
  std::vector<fs::path> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return paths;
}

void add_path(const fs::path& path, std::vector<Input>& inputs) {
  std::error_code ignored;  // what does not exist is reported when it is to be read
  if (!fs::is_directory(path, ignored)) {
    inputs.push_back({path, output_name(path)});
    return;
  }
  for (const fs::path& one : recordings_in(path)) inputs.push_back({one, output_name(one)});
}

}  // namespace

std::vector<Input> expand_inputs(const std::vector<std::string>& words) {
  std::vector<Input> inputs;
  for (const std::string& word : words) {
    if (word == "-") {
      inputs.push_back({word, "stdin"});
      continue;
    }
    std::error_code ignored;
    const bool exists = fs::exists(word, ignored);
    const std::vector<fs::path> found = exists ? std::vector<fs::path>{} : matches(word);
    for (const fs::path& path : found) add_path(path, inputs);
    if (found.empty()) add_path(word, inputs);
  }
  return inputs;
}

void check_outputs_differ(const std::vector<Input>& inputs, const fs::path& folder,
                          std::span<const OutputFormat> formats) {
  std::map<std::string, const Input*> names;
  std::set<fs::path> outputs;
  const auto resolved = [](const fs::path& path) {
    std::error_code ignored;
    return fs::weakly_canonical(fs::absolute(path, ignored), ignored);
  };
  bool reads_standard_input = false;
  for (const Input& input : inputs) {
    if (input.is_standard_input() && std::exchange(reads_standard_input, true)) {
      fail(ErrorKind::usage, "-: standard input can be read only once");
    }
    if (formats.empty()) continue;
    const auto [other, is_new] = names.emplace(input.name, &input);
    if (!is_new) {
      fail(ErrorKind::usage, input.path.string(), ": its outputs would overwrite those of ",
           other->second->path.string(), ", which has the same name");
    }
    for (const OutputFormat format : formats) {
      outputs.insert(resolved(output_path(folder, input.name, format)));
    }
  }
  for (const Input& input : inputs) {
    if (!input.is_standard_input() && outputs.contains(resolved(input.path))) {
      fail(ErrorKind::usage, input.path.string(), ": an output would overwrite it");
    }
  }
}

}  // namespace sotto::cli
