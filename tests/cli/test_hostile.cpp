#include <algorithm>
#include <filesystem>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

#include "cli/sotto_process.h"

#include "archive/pickle_bytes.h"
#include "checkpoint/checkpoint_bytes.h"
#include "mel/wav_file.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
namespace pk = pickled;

/// Puts something hostile or broken into `folder` and returns what to name on the command line.
using Maker = std::function<fs::path(const fs::path& folder)>;

Maker file(std::function<std::string()> bytes) {
  return [bytes = std::move(bytes)](const fs::path& folder) {
    write_file(folder / "model.pt", bytes());
    return folder / "model.pt";
  };
}

/// OpenAI's format with one thing changed.
Maker openai(std::function<void(TorchFile&)> change) {
  return file([change = std::move(change)] {
    TorchFile torch = torch_file(small_model());
    change(torch);
    return torch.openai();
  });
}

Maker openai_zip(std::function<void(ZipBytes&)> change) {
  return file([change = std::move(change)] {
    const TorchFile torch = torch_file(small_model());
    ZipBytes zip = torch.zip(torch.openai_pickle());
    change(zip);
    return zip.make();
  });
}

Maker pickle(std::function<std::string()> value) {
  return file([value = std::move(value)] {
    return torch_file(small_model()).zip(pk::pickle(value())).make();
  });
}

Maker tensor(std::function<void(TorchTensor&)> change) {
  return openai([change = std::move(change)](TorchFile& torch) {
    change(torch.tensor("encoder.conv1.weight"));
  });
}

/// A folder of files by name.
Maker folder_of(std::function<std::map<std::string, std::string>()> files) {
  return [files = std::move(files)](const fs::path& folder) {
    fs::create_directory(folder / "source");
    for (const auto& [name, bytes] : files()) write_file(folder / "source" / name, bytes);
    return folder / "source";
  };
}

Maker hugging_face(std::function<void(SafeTensors&)> change) {
  return folder_of([change = std::move(change)]() -> std::map<std::string, std::string> {
    SafeTensors tensors = hugging_face_tensors(small_model());
    change(tensors);
    return {{"config.json", hugging_face_config(small_model().dims)},
            {"model.safetensors", safetensors(tensors)}};
  });
}

Maker ctranslate2(std::function<void(CTranslate2File&)> change) {
  return folder_of([change = std::move(change)]() -> std::map<std::string, std::string> {
    CTranslate2File model = ctranslate2_file(small_model());
    change(model);
    return {{"config.json", "{}"}, {"model.bin", model.make()}};
  });
}

std::string call_of(const char* module, const char* name, const std::string& argument) {
  return pk::call(pk::global(module, name), {pk::text(argument)});
}

std::string half_of(const std::string& bytes) { return bytes.substr(0, bytes.size() / 2); }

const std::map<std::string, Maker>& hostile_sources() {
  static const std::map<std::string, Maker> sources{
      {"absent", [](const fs::path& folder) { return folder / "absent.pt"; }},
      {"device", [](const fs::path&) { return fs::path("/dev/null"); }},
      {"symlink_loop",
       [](const fs::path& folder) {
         fs::create_symlink(folder / "loop.pt", folder / "loop.pt");
         return folder / "loop.pt";
       }},
      {"empty_file", file([] { return std::string(); })},
      {"one_byte", file([] { return std::string("P"); })},
      {"text", file([] { return std::string("Not a model, but a letter.\n"); })},
      {"zip_magic_alone", file([] { return std::string("PK\x03\x04"); })},
      {"half_a_checkpoint", file([] { return half_of(torch_file(small_model()).openai()); })},
      {"zip_without_files", file([] { return ZipBytes{}.make(); })},
      {"zip_without_pickle", openai_zip([](ZipBytes& zip) {
         std::erase_if(zip.files, [](const ZipFile& f) { return f.name.ends_with("data.pkl"); });
       })},
      {"zip_compressed", openai_zip([](ZipBytes& zip) {
         for (ZipFile& entry : zip.files) entry.method = 8;
       })},
      {"zip_header_elsewhere",
       openai_zip([](ZipBytes& zip) { zip.files.back().header_error = 1 << 20; })},
      {"zip_entry_too_long",
       openai_zip([](ZipBytes& zip) { zip.files.back().size_error = 1 << 30; })},
      {"zip_directory_elsewhere", openai_zip([](ZipBytes& zip) { zip.directory_error = 77; })},
      {"pickle_runs_a_shell", pickle([] { return call_of("os", "system", "touch hacked"); })},
      {"pickle_evaluates", pickle([] { return call_of("builtins", "eval", "1"); })},
      {"pickle_is_a_number", pickle([] { return pk::integer(7); })},
      {"pickle_is_half", file([] {
         const TorchFile torch = torch_file(small_model());
         return torch.zip(half_of(torch.openai_pickle())).make();
       })},
      {"tensor_missing", openai([](TorchFile& torch) { torch.tensors.pop_back(); })},
      {"tensor_extra", openai([](TorchFile& torch) {
         TorchTensor extra = torch.tensors.front();
         extra.name = "encoder.extra";
         torch.tensors.push_back(extra);
       })},
      {"tensor_of_wrong_shape", tensor([](TorchTensor& t) { std::swap(t.shape[0], t.shape[1]); })},
      {"tensor_of_integers", tensor([](TorchTensor& t) { t.storage = "LongStorage"; })},
      {"tensor_beyond_its_storage", tensor([](TorchTensor& t) { t.offset = t.count; })},
      {"tensor_with_negative_offset", tensor([](TorchTensor& t) { t.offset = -1; })},
      {"tensor_with_huge_strides",
       tensor([](TorchTensor& t) { t.strides.assign(3, std::int64_t{1} << 62); })},
      {"tensor_without_storage", tensor([](TorchTensor& t) { t.key = "nowhere"; })},
      {"dims_missing", openai([](TorchFile& torch) { torch.dims.pop_back(); })},
      {"dims_disagree", openai([](TorchFile& torch) { torch.set_dim("n_text_layer", 2); })},
      {"dims_zero", openai([](TorchFile& torch) { torch.set_dim("n_audio_head", 0); })},
      {"dims_negative", openai([](TorchFile& torch) { torch.set_dim("n_mels", -80); })},
      {"dims_huge",
       openai([](TorchFile& torch) { torch.set_dim("n_vocab", std::int64_t{1} << 60); })},
      {"folder_empty", folder_of([] { return std::map<std::string, std::string>{}; })},
      {"folder_with_bad_config", folder_of([]() -> std::map<std::string, std::string> {
         return {{"config.json", "{"}, {"model.safetensors", "x"}};
       })},
      {"safetensors_header_too_long", folder_of([]() -> std::map<std::string, std::string> {
         return {{"config.json", hugging_face_config(small_model().dims)},
                 {"model.safetensors", std::string(7, '\xff') + '\x7f' + "{}"}};
       })},
      {"safetensors_missing_tensor",
       hugging_face([](SafeTensors& tensors) { tensors.pop_back(); })},
      {"safetensors_cut_tensor",
       hugging_face([](SafeTensors& tensors) { tensors.front().second.bytes.pop_back(); })},
      {"ctranslate2_quantized",
       ctranslate2([](CTranslate2File& model) { model.variables.front().type = 1; })},
      {"ctranslate2_of_another_model",
       ctranslate2([](CTranslate2File& model) { model.spec = "TransformerSpec"; })},
      {"ctranslate2_half", folder_of([]() -> std::map<std::string, std::string> {
         return {{"config.json", "{}"},
                 {"model.bin", half_of(ctranslate2_file(small_model()).make())}};
       })},
      {"bundle_with_broken_manifest", folder_of([]() -> std::map<std::string, std::string> {
         return {{"sotto.json", "[]"}};
       })},
  };
  return sources;
}

/// Everything below a folder, by path.
std::vector<std::string> listing(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    names.push_back(entry.path().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class HostileSource : public testing::TestWithParam<std::string> {
 protected:
  void expect_refusal(const std::vector<std::string>& arguments) {
    const auto before = listing(folder_.path());
    const ProgramRun run = run_sotto(arguments);
    EXPECT_EQ(run.exit_code, 1) << arguments.front() << ": " << run.output;
    EXPECT_TRUE(is_one_sentence(run.errors)) << arguments.front() << ": " << run.errors;
    EXPECT_EQ(run.output, "") << arguments.front();
    EXPECT_EQ(listing(folder_.path()), before) << arguments.front() << " wrote something";
  }

  TempFolder folder_;
};

TEST_P(HostileSource, IsRefusedInOneSentenceAndNothingIsWritten) {
  const std::string source = hostile_sources().at(GetParam())(folder_.path()).string();
  expect_refusal({"export", source, "-o", (folder_ / "out").string()});
  expect_refusal({"convert", source, (folder_ / "out.pt").string()});
  expect_refusal({"inspect", source});
  expect_refusal({"transcribe", "speech.wav", "-m", source});
}

std::vector<std::string> names_of_hostile_sources() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : hostile_sources()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Program, HostileSource, testing::ValuesIn(names_of_hostile_sources()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace sotto::test
