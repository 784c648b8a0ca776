#include "torchscript/attacks.h"

#include <algorithm>

#include "archive/zip_bytes.h"

namespace sotto::test {
namespace {

const std::string kCode = "/code/__torch__.py";
const std::string kReturn = "    return ";

ArchiveEntries own_entries() {
  const std::string own = torchscript_of(small_part());
  return entries_of(std::as_bytes(std::span(own)));
}

std::string with_statement(const std::string& statement) {
  ArchiveEntries entries = own_entries();
  insert(entries, kCode, kReturn, "    " + statement + "\n");
  return archive_of(entries);
}

/// An attribute whose class acts when it gets its state.
std::string with_set_state(const std::string& target) {
  ArchiveEntries entries = own_entries();
  insert(entries, kCode, "  training : bool", "  extra : __torch__.Extra\n");
  entry(entries, kCode) +=
      "class Extra:\n  a : int\n"
      "  def __getstate__(self: __torch__.Extra) -> int:\n    return 1\n"
      "  def __setstate__(self: __torch__.Extra,\n    state: int) -> NoneType:\n"
      "    torch.save([1], \"" +
      target +
      "\")\n"
      "    self.a = state\n    return None\n";
  using namespace std::string_literals;
  insert(entries, "/data.pkl", "X\x08\0\0\0training"s,
         "X\x05\0\0\0extrac__torch__\nExtra\n)\x81K\x01"s + "b");
  return archive_of(entries);
}

std::string with_entry(const std::string& name, const std::string& content) {
  ArchiveEntries entries = own_entries();
  entries.emplace_back(name, content);
  return archive_of(entries);
}

std::string with_replaced(const std::string& ending, const std::string& old,
                          const std::string& text) {
  ArchiveEntries entries = own_entries();
  std::string& content = entry(entries, ending);
  content.replace(content.find(old), old.size(), text);
  return archive_of(entries);
}

std::string with_other_factor() {
  ArchiveEntries entries = own_entries();
  entry(entries, "/constants/0") = std::string("\0\0\x80\x7f", 4);
  return archive_of(entries);
}

std::string without(const std::string& ending) {
  ArchiveEntries entries = own_entries();
  std::erase_if(entries, [&](const auto& one) { return one.first.ends_with(ending); });
  return archive_of(entries);
}

std::string in_another_order() {
  ArchiveEntries entries = own_entries();
  std::swap(entries.end()[-1], entries.end()[-2]);
  return archive_of(entries);
}

std::string with_longer_buffer() {
  ArchiveEntries entries = own_entries();
  entry(entries, "/data/w_bias") += std::string(4, '\0');
  return archive_of(entries);
}

/// The same entries as another writer of zips would have them.
std::string by_another_writer(bool zip64, const std::string& comment) {
  ZipBytes zip;
  for (const auto& [name, content] : own_entries()) zip.files.push_back({name, content});
  zip.zip64 = zip64;
  zip.comment = comment;
  return zip.make();
}

/// Two end records: whoever takes the first that it finds sees another archive.
std::string behind_an_archive() {
  return with_statement("torch.save([1], \"PWN\")") + torchscript_of(small_part());
}

}  // namespace

std::vector<Attack> writing_attacks(const std::filesystem::path& target) {
  const std::string path = target.string();
  return {
      {"Save", with_statement("torch.save([1], \"" + path + "\")"), "other code at line "},
      {"FromFile",
       with_statement("y = torch.add(y, torch.fill_(torch.from_file(\"" + path +
                      "\", True, 1, dtype=6, layout=None, device=torch.device(\"cpu\"), "
                      "pin_memory=False), 1))"),
       "other code at line "},
      {"SetState", with_set_state(path), "other code at line "},
  };
}

std::vector<Attack> other_attacks() {
  const std::string own = torchscript_of(small_part());
  return {
      {"HugeView", with_replaced(kCode, "[1, length, 2, 1]", "[1, length, 2, 4611686018427387904]"),
       "other code at line "},
      {"AnotherComment", with_replaced(kCode, "# [1, length, 2]", "# [1, length, 3]"),
       "other code at line "},
      {"ExtraCode", with_entry("Part/code/__torch__/evil.py", "class Evil(Module):\n"),
       "an entry Part/code/__torch__/evil.py besides"},
      {"ExtraConstant", with_entry("Part/constants/1", std::string(4, '\0')),
       "an entry Part/constants/1 besides"},
      {"DebugFile", with_entry("Part/code/__torch__.py.debug_pkl", "\x80\x02N."),
       "an entry Part/code/__torch__.py.debug_pkl besides"},
      {"AnotherCase", with_entry("PART/CODE/__TORCH__.PY", "class Part(Module):\n"),
       "an entry PART/CODE/__TORCH__.PY besides"},
      {"NameTwice", with_entry("Part/code/__torch__.py", "class Part(Module):\n"),
       "found Part/code/__torch__.py twice"},
      {"ByteOrder", with_entry("Part/byteorder", "big"), "an entry Part/byteorder besides"},
      {"OtherConstants", with_replaced("/constants.pkl", "FloatStorage", "HalfStorage"),
       "another Part/constants.pkl"},
      {"OtherAttribute", with_replaced("/data.pkl", "w_bias", "w_bi\nc"), "another Part/data.pkl"},
      {"OtherVersion", with_replaced("/version", "10", "11"), "another Part/version"},
      {"OtherFactor", with_other_factor(), "another Part/constants/0"},
      {"LongerBuffer", with_longer_buffer(), "12 bytes of Part/data/w_bias where 8 belong"},
      {"NoBuffer", without("/data/w_bias"), "no Part/data/w_bias in it"},
      {"NoCode", without(kCode), "no Part/code/__torch__.py in it"},
      {"AnotherOrder", in_another_order(), "another archive around them"},
      {"BytesBefore", "PK" + own, ""},
      {"BytesBehind", own + "PK", ""},
      {"AComment", by_another_writer(false, "a comment"), "another archive around them"},
      {"Zip64", by_another_writer(true, ""), "another archive around them"},
      {"TwoArchives", behind_an_archive(), ""},
      {"CutShort", own.substr(0, own.size() / 2), "cut short"},
      {"Empty", "", "expected a zip archive"},
      {"Noise", "this is no archive", "expected a zip archive"},
  };
}

}  // namespace sotto::test
