#include "core/signatures/other_files.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>

#include "core/base/error.h"
#include "core/base/mapped_file.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

/// What is wanted in words, what to do where something else was found, and what its readers take,
/// or refuse with a sentence of their own.
struct Wish {
  Wanted wanted;
  std::string_view what, way_on;
  std::span<const FileKind> taken;
};

constexpr auto kModels =
    std::to_array<FileKind>({FileKind::torch_archive, FileKind::pickle, FileKind::safetensors,
                             FileKind::ctranslate2, FileKind::tflite, FileKind::json});
constexpr auto kParts = std::to_array<FileKind>(
    {FileKind::torch_archive, FileKind::torchscript, FileKind::pickle, FileKind::safetensors,
     FileKind::ctranslate2, FileKind::npy, FileKind::tflite, FileKind::json, FileKind::rank_file});
constexpr auto kSounds = std::to_array<FileKind>({FileKind::sound, FileKind::text});
constexpr auto kVocabularies = std::to_array<FileKind>({FileKind::rank_file, FileKind::text});
constexpr auto kTexts = std::to_array<FileKind>({FileKind::json, FileKind::text, FileKind::empty});
constexpr auto kModules = std::to_array<FileKind>({FileKind::torchscript, FileKind::torch_archive});

constexpr std::span<const FileKind> kCheckpoints = std::span(kModels).first(4);

constexpr auto kWishes = std::to_array<Wish>({
    {Wanted::checkpoint, "a Whisper checkpoint",
     "name OpenAI's .pt, a folder of Hugging Face's or CTranslate2's, or a bundle's folder",
     kCheckpoints},
    {Wanted::bundle, "a bundle", "name the folder that `sotto export` wrote", {}},
    {Wanted::graph, "a TFLite file, a bundle or a checkpoint", "name one of them", kModels},
    {Wanted::inspectable, "a checkpoint, a bundle or a file of either", "name one of them", kParts},
    {Wanted::recording, "a sound recording", "name one in any format of FFmpeg's", kSounds},
    {Wanted::wav_recording, "a sound recording", "name a WAV file", kSounds},
    {Wanted::vocabulary, "a vocabulary", "name a rank file, as multilingual.tiktoken is",
     kVocabularies},
    {Wanted::json, "a JSON file", "put the right file in its place", kTexts},
    {Wanted::results,
     "a folder of openai/whisper's results",
     "name a folder of its JSON files",
     {}},
    {Wanted::vad_model, "the model of Silero VAD", "name its silero_vad.jit", kModules},
});

const Wish& wish_of(Wanted wanted) {
  const auto* found = std::find_if(kWishes.begin(), kWishes.end(),
                                   [&](const Wish& wish) { return wish.wanted == wanted; });
  if (found == kWishes.end()) fail(ErrorKind::internal, "something is wanted that has no words");
  return *found;
}

bool passes(const Wish& wish, const Recognised& found) {
  return found.kind == FileKind::unknown ||
         std::find(wish.taken.begin(), wish.taken.end(), found.kind) != wish.taken.end();
}

/// Where no model is wanted, what a model was made of helps nobody.
bool wants_model(Wanted wanted) {
  return wanted == Wanted::checkpoint || wanted == Wanted::graph || wanted == Wanted::inspectable;
}

std::string_view way_on(const Recognised& found, const Wish& wish) {
  const bool is_own = found.kind == FileKind::foreign_model && !wants_model(wish.wanted);
  return found.way_on.empty() || is_own ? wish.way_on : found.way_on;
}

[[noreturn]] void refuse(const std::string& source, const Recognised& found, const Wish& wish) {
  fail(ErrorKind::format, source, ": expected ", wish.what, ", found ", found.what, "; ",
       way_on(found, wish));
}

}  // namespace

void refuse_other_files(const FileSample& sample, Wanted wanted) {
  const Wish& wish = wish_of(wanted);
  const Recognised found = recognise(sample);
  if (!passes(wish, found)) refuse(sample.path.string(), found, wish);
}

void refuse_other_files(const fs::path& path, Wanted wanted) {
  const Wish& wish = wish_of(wanted);
  std::error_code error;
  if (fs::is_directory(path, error)) {
    const Recognised found = recognise_folder(path);
    if (!passes(wish, found)) refuse(path.string(), found, wish);
  }
  if (!fs::is_regular_file(path, error)) return;
  const auto file = MappedFile::open(path);
  refuse_other_files(FileSample{file->bytes(), file->bytes().size(), path}, wanted);
}

}  // namespace sotto
