#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "core/base/error.h"
#include "core/bundle/manifest.h"
#include "support/expect_error.h"

namespace sotto {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kHash(64, 'a');

Manifest example() {
  Manifest manifest;
  manifest.model_name = "base";
  manifest.source = {"base.pt", "openai", kHash};
  manifest.dims = {{"n_mels", 80}, {"n_vocab", 51865}};
  manifest.frames = 3000;
  manifest.alignment_heads = {{3, 1}, {4, 2}};
  Signature::Port cache{"self_keys", {6, 1, 448, 512}};
  cache.is_resident = true;
  Signature::Port state{"cache", {4, 8}, std::nullopt, DType::int32, true};
  manifest.files = {
      {"decoder_torchscript",
       "decoder_base_448.pt",
       5000000000,
       kHash,
       {{{"token_embeddings", {1, 448, 512}, 1}, {"encoder_output", {1, 1500, 512}}, cache, state},
        {{"logits", {1, 448, 51865}, 1}}}},
      {"vocabulary", "vocabulary.tiktoken", 816730, kHash},
      {"encoder_tflite@mt8371.dla", "encoder.dla", 5, kHash, {}, "mt8371", "ncc-tflite 8"},
  };
  return manifest;
}

std::string refusal(const std::string& text) {
  return test::refusal_of([&] { (void)parse_manifest(text, "sotto.json"); });
}

TEST(Manifest, ComesBackFromItsText) {
  const Manifest manifest = example();
  EXPECT_EQ(parse_manifest(manifest_text(manifest), "sotto.json"), manifest);
}

TEST(Manifest, OfBeforeElementTypesMeansFloat32) {
  Manifest manifest = example();
  json document = json::parse(manifest_text(manifest));
  for (const char* field : {"dtype", "state", "resident"}) {
    for (json& port : document["files"][0]["inputs"]) port.erase(field);
  }
  for (Signature::Port& port : manifest.files[0].signature.inputs) {
    port = {port.name, port.shape, port.variable_axis};
  }
  EXPECT_EQ(parse_manifest(document.dump(), "sotto.json"), manifest);
  document["files"][0]["inputs"][0]["dtype"] = "float12";
  EXPECT_THAT(refusal(document.dump()), HasSubstr("dtype` to be an element type"));
}

TEST(Manifest, HoldsAnAdapterThatWasMerged) {
  Manifest manifest = example();
  manifest.source.adapter = {"lora", "adapter_model.safetensors", kHash, std::string(64, 'b')};
  EXPECT_EQ(parse_manifest(manifest_text(manifest), "sotto.json"), manifest);
  json document = json::parse(manifest_text(manifest));
  document["source"]["adapter"].erase("config_sha256");
  EXPECT_THAT(refusal(document.dump()), HasSubstr("`source.adapter.config_sha256`"));
}

TEST(Manifest, MayHaveSeveralGraphsInOneFile) {
  Manifest manifest = example();
  const FileRecord step{"decoder_step_tflite", "kv.tflite", 7, kHash, {}, "", "", "step"};
  FileRecord prefill = step;
  prefill.role = "decoder_prefill_tflite";
  prefill.signature_key = "prefill";
  const std::uint64_t before = total_bytes(manifest);
  manifest.files.push_back(step);
  manifest.files.push_back(prefill);
  EXPECT_EQ(parse_manifest(manifest_text(manifest), "sotto.json"), manifest);
  EXPECT_EQ(total_bytes(manifest), before + 7);  // of one file, once
  const std::vector<std::function<void(FileRecord&)>> changes{
      [](FileRecord& file) { file.signature_key = "step"; },
      [](FileRecord& file) { file.signature_key.clear(); },
      [](FileRecord& file) { file.bytes = 8; },
      [](FileRecord& file) { file.sha256 = std::string(64, 'b'); }};
  for (const auto& change : changes) {
    Manifest changed = manifest;
    change(changed.files.back());
    EXPECT_THAT(refusal(manifest_text(changed)), HasSubstr("`files[4].name` to be different"));
  }
}

TEST(Manifest, IsWrittenInTheOrderOfItsFields) {
  EXPECT_THAT(manifest_text(example()), StartsWith("{\n"
                                                   "  \"format_version\": 1,\n"
                                                   "  \"model_name\": \"base\",\n"
                                                   "  \"source\": {\n"
                                                   "    \"file\": \"base.pt\",\n"));
}

TEST(Manifest, PassesOverFieldsThatItDoesNotKnow) {
  json document = json::parse(manifest_text(example()));
  document["of a later stage"] = {1, 2, 3};
  document["files"][0]["of a later stage"] = "x";
  EXPECT_EQ(parse_manifest(document.dump(), "sotto.json"), example());
}

TEST(Manifest, RefusesWhatIsNoJson) {
  for (const std::string text : {"", "{", "\xff\xfe", "nonsense", "{\"format_version\": 1,}"}) {
    EXPECT_THAT(refusal(text), HasSubstr("sotto.json: expected a manifest in JSON")) << text;
  }
  EXPECT_THAT(refusal("[]"), HasSubstr("expected the manifest to be a JSON object"));
}

TEST(Manifest, RefusesANewerFormat) {
  json document = json::parse(manifest_text(example()));
  document["format_version"] = 2;
  EXPECT_THAT(refusal(document.dump()),
              AllOf(HasSubstr("expected a bundle of format version 1, found version 2"),
                    HasSubstr("made by a newer Sotto")));
}

struct Damage {
  const char* what;
  std::function<void(json&)> apply;
  const char* message;
};

TEST(Manifest, RefusesEveryFieldThatIsNotWhatItMustBe) {
  const std::vector<Damage> damages{
      {"no version", [](json& d) { d.erase("format_version"); }, "`format_version`"},
      {"version as text", [](json& d) { d["format_version"] = "1"; }, "`format_version`"},
      {"hostile name", [](json& d) { d["model_name"] = "../base"; }, "`model_name`"},
      {"empty name", [](json& d) { d["model_name"] = ""; }, "`model_name`"},
      {"no source", [](json& d) { d.erase("source"); }, "`source`"},
      {"source as list", [](json& d) { d["source"] = json::array(); }, "source"},
      {"short hash", [](json& d) { d["source"]["sha256"] = "abc"; }, "`source.sha256`"},
      {"capital hash", [](json& d) { d["source"]["sha256"] = std::string(64, 'A'); },
       "`source.sha256`"},
      {"dims as list",
       [](json& d) {
         d["dims"] = {1, 2};
       },
       "dims"},
      {"negative dim", [](json& d) { d["dims"]["n_mels"] = -1; }, "`dims.n_mels`"},
      {"fraction", [](json& d) { d["dims"]["n_mels"] = 1.5; }, "`dims.n_mels`"},
      {"giant dim", [](json& d) { d["dims"]["n_mels"] = 18446744073709551615ULL; },
       "`dims.n_mels`"},
      {"no frames", [](json& d) { d["frames"] = 0; }, "`frames`"},
      {"one head", [](json& d) { d["alignment_heads"] = {{1}}; }, "`alignment_heads`"},
      {"negative head",
       [](json& d) {
         d["alignment_heads"] = {{1, -1}};
       },
       "`alignment_heads`"},
      {"files as object", [](json& d) { d["files"] = json::object(); }, "`files`"},
      {"many files", [](json& d) { d["files"] = std::vector<int>(5000); }, "`files`"},
      {"file as number", [](json& d) { d["files"][1] = 3; }, "files[1]"},
      {"negative bytes", [](json& d) { d["files"][1]["bytes"] = -1; }, "`files[1].bytes`"},
      {"no bytes", [](json& d) { d["files"][1].erase("bytes"); }, "found none"},
      {"same name", [](json& d) { d["files"][1]["name"] = d["files"][0]["name"]; },
       "`files[1].name`"},
      {"same role", [](json& d) { d["files"][1]["role"] = d["files"][0]["role"]; },
       "`files[1].role`"},
      {"long text", [](json& d) { d["files"][0]["role"] = std::string(2000, 'x'); },
       "`files[0].role`"},
      {"negative extent", [](json& d) { d["files"][0]["inputs"][0]["shape"][0] = -1; },
       "`files[0].inputs[0].shape`"},
      {"rank 9", [](json& d) { d["files"][0]["inputs"][0]["shape"] = std::vector<int>(9, 1); },
       "`files[0].inputs[0].shape`"},
      {"axis outside", [](json& d) { d["files"][0]["inputs"][0]["variable_axis"] = 3; },
       "`files[0].inputs[0].variable_axis`"},
  };
  for (const Damage& damage : damages) {
    json document = json::parse(manifest_text(example()));
    damage.apply(document);
    EXPECT_THAT(refusal(document.dump()),
                AllOf(StartsWith("sotto.json: expected "), HasSubstr(damage.message)))
        << damage.what;
  }
}

TEST(Manifest, RefusesFileNamesThatLeaveTheFolder) {
  const std::string nul(1, '\0');
  for (const std::string& name :
       std::vector<std::string>{std::string(), std::string("."), std::string(".."),
                                std::string("../a"), std::string("/etc/passwd"), std::string("a/b"),
                                std::string("sotto.json"), "a" + nul + "b", std::string("a\nb")}) {
    json document = json::parse(manifest_text(example()));
    document["files"][0]["name"] = name;
    EXPECT_THAT(refusal(document.dump()),
                HasSubstr("expected `files[0].name` to be a plain file name"))
        << name;
  }
}

TEST(Manifest, DeepNestingIsOnlyAnError) {
  EXPECT_THAT(refusal(std::string(100000, '[')), HasSubstr("expected a manifest in JSON"));
  EXPECT_THAT(refusal(std::string(100000, '[') + std::string(100000, ']')),
              HasSubstr("expected a manifest in JSON nested at most 16 deep"));
}

TEST(Manifest, RefusesAFieldThatStandsTwice) {
  std::string text = manifest_text(example());
  text.insert(1, "\"frames\": 2,");
  EXPECT_THAT(refusal(text),
              HasSubstr("sotto.json: expected keys that differ, found frames twice"));
}

TEST(Manifest, FindsDims) {
  EXPECT_EQ(dim(example(), "n_vocab"), 51865);
  EXPECT_THROW((void)dim(example(), "n_other"), Error);
}

TEST(Manifest, KnowsNamesForFiles) {
  for (const char* name : {"base", "large-v3", "tiny.en", "my_model.2"}) {
    EXPECT_TRUE(is_model_name(name)) << name;
  }
  for (const std::string& name : std::vector<std::string>{
           std::string(), std::string(".hidden"), std::string("-o"), std::string("a b"),
           std::string("a/b"), std::string("größe"), std::string(65, 'a')}) {
    EXPECT_FALSE(is_model_name(name)) << name;
  }
}

}  // namespace
}  // namespace sotto
