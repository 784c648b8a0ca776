#include <array>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "archive/pickle_bytes.h"
#include "archive/zip_bytes.h"
#include "core/archive/pickle_reader.h"
#include "support/expect_error.h"

namespace sotto::test {
namespace {

using namespace pickled;
using ::testing::HasSubstr;

constexpr std::array<PickleGlobal, 1> kAllowed{{{"torch", "FloatStorage"}}};
constexpr std::array<PickleGlobal, 1> kClasses{{{"argparse", "Namespace"}}};
constexpr PickleRules kRules{kAllowed, kClasses, "__torch__"};

Pickle read(const std::string& bytes) { return read_pickle(bytes_of(bytes), "x.pkl", kRules); }

std::string refusal(ErrorKind kind, const std::string& bytes) {
  return expect_error(kind, "x.pkl: ", [&] { read(bytes); });
}

TEST(PickleReader, ReadsPlainValues) {
  const std::string bytes = pickle(
      tuple({none(), boolean(true), boolean(false), integer(7), integer(300), integer(-5),
             integer(1LL << 40), integer(INT64_MIN), text("näme"),
             std::string("G\x3f\xf8\0\0\0\0\0\0", 9), "\x8a\x01\xff", std::string("\x8a\0", 2)}));
  const Pickle pickle = read(bytes);
  const auto* tuple = pickle.root().as<PickleTuple>();
  ASSERT_NE(tuple, nullptr);
  const auto& items = tuple->items;
  ASSERT_EQ(items.size(), 12U);
  EXPECT_NE(items[0]->as<PickleNone>(), nullptr);
  EXPECT_TRUE(*items[1]->as<bool>());
  EXPECT_FALSE(*items[2]->as<bool>());
  const std::array<std::int64_t, 5> integers{7, 300, -5, 1LL << 40, INT64_MIN};
  for (std::size_t i = 0; i < integers.size(); ++i) {
    EXPECT_EQ(*items[3 + i]->as<std::int64_t>(), integers[i]);
  }
  EXPECT_EQ(*items[8]->as<std::string_view>(), "näme");
  EXPECT_EQ(*items[9]->as<double>(), 1.5);
  EXPECT_EQ(*items[10]->as<std::int64_t>(), -1);
  EXPECT_EQ(*items[11]->as<std::int64_t>(), 0);
}

TEST(PickleReader, ReadsContainersAndTheMemo) {
  const std::string key = concat("X", little_endian(1, 4), "kq\x05");
  const std::string bytes =
      pickle(dict({key, list({integer(1), integer(2)}), text("twice"), "h\x05", text("ordered"),
                   ordered_dict({text("a"), integer(1)})}));
  const Pickle pickle = read(bytes);
  const auto* dict = pickle.root().as<PickleDict>();
  ASSERT_NE(dict, nullptr);
  ASSERT_NE(find(*dict, "k"), nullptr);
  EXPECT_EQ(find(*dict, "k")->as<PickleList>()->items.size(), 2U);
  EXPECT_EQ(*find(*dict, "twice")->as<std::string_view>(), "k");
  EXPECT_NE(find(*find(*dict, "ordered")->as<PickleDict>(), "a"), nullptr);
  EXPECT_EQ(find(*dict, "none"), nullptr);
}

TEST(PickleReader, KeepsCallsAndObjectsAsData) {
  const std::string module =
      global("__torch__", "M") + ")\x81" +
      dict({text("w"), call(global("torch", "FloatStorage"), {integer(3)})}) + "b";
  const std::string bytes = pickle(module);
  const Pickle pickle = read(bytes);
  const auto* object = pickle.root().as<PickleObject>();
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(to_string(object->type), "__torch__.M");
  const auto* made = find(*object->state->as<PickleDict>(), "w")->as<PickleCall>();
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(to_string(made->function), "torch.FloatStorage");
  EXPECT_EQ(made->arguments->as<PickleTuple>()->items.size(), 1U);
}

TEST(PickleReader, RefusesGlobalsOutsideTheRules) {
  EXPECT_EQ(
      refusal(ErrorKind::unsupported, pickle(call(global("os", "system"), {text("touch owned")}))),
      "x.pkl: expected only what a file of weights refers to, found that it asks for os.system: "
      "save the model's state_dict() alone");
  for (const auto& [module, name] : {std::pair{"builtins", "eval"}, std::pair{"torch", "load"},
                                     std::pair{"collections", "defaultdict"},
                                     std::pair{"__torch__x", "M"}, std::pair{"", "__torch__"}}) {
    EXPECT_THAT(refusal(ErrorKind::unsupported, pickle(global(module, name))), HasSubstr(name));
  }
}

// Every way that the protocol has of naming or making something.
TEST(PickleReader, RefusesEveryRouteToAnObject) {
  const std::string args = tuple({text("touch owned")});
  EXPECT_THAT(refusal(ErrorKind::unsupported, "\x80\x02(ios\nsystem\n."), HasSubstr("opcode INST"));
  EXPECT_THAT(
      refusal(ErrorKind::unsupported, pickle(concat("(", global("torch", "FloatStorage"), "o"))),
      HasSubstr("opcode OBJ"));
  EXPECT_THAT(
      refusal(ErrorKind::unsupported, pickle(text("os") + text("system") + "\x93" + args + "R")),
      HasSubstr("opcode STACK_GLOBAL"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, pickle("\x82\x01")), HasSubstr("opcode EXT1"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, pickle("\x83\x01\x01")), HasSubstr("opcode EXT2"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, pickle("\x84\x01\x01\x01\x01")),
              HasSubstr("opcode EXT4"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, pickle(global("torch", "FloatStorage") + ")}\x92")),
              HasSubstr("opcode NEWOBJ_EX"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, pickle("Pposix\n")), HasSubstr("opcode PERSID"));
  refusal(ErrorKind::format,
          pickle(global("torch", "FloatStorage") + ")\x81"));  // no class of a module
  refusal(ErrorKind::format, pickle(global("__torch__", "M") + args + "\x81"));
  refusal(ErrorKind::format, pickle(call(text("os.system"), {})));
  refusal(ErrorKind::format, pickle(global("torch", "FloatStorage") + text("x") + "R"));
  refusal(ErrorKind::format, pickle(global("torch", "FloatStorage") + dict({}) + "b"));
  refusal(ErrorKind::format, pickle(global("collections", "OrderedDict") + args + "R"));
}

TEST(PickleReader, NamesUnknownOpcodesAndProtocols) {
  for (const char* code :
       {"0", "1", "2", "I1\n", "L1\n", "F1\n", "S''\n", "V\n", "g1\n", "p1\n", "U\x01z",
        "\x8b\x01\x01\x01\x01\x01", "\x8c\x01z", "\x8f", "\x94", "\x95"}) {
    EXPECT_THAT(refusal(ErrorKind::unsupported, pickle(code)), HasSubstr("opcode "));
  }
  EXPECT_THAT(refusal(ErrorKind::unsupported, pickle("\xff")),
              HasSubstr("byte 255, which is no opcode"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, "\x80\x06N."), HasSubstr("protocol 6"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, "\x80\x01N."), HasSubstr("protocol 1"));
  refusal(ErrorKind::format, "N.");
}

// What Python 3.11's pickle.dumps gives for
// {"t": "é" * 3, "b": b"\0\xff", "s": {1}, "f": frozenset((2,)), "a": bytearray(b"xy")}, twice "t".
TEST(PickleReader, ReadsTheLaterProtocols) {
  using namespace std::string_literals;
  const std::string body = "}\x94(\x8c\x01t\x94\x8c\x06\xc3\xa9\xc3\xa9\xc3\xa9\x94\x8c\x01"s +
                           "b\x94"s
                           "C\x02\0\xff\x94\x8c\x01s\x94\x8f\x94(K\x01\x90\x8c\x01"s +
                           "f\x94(K\x02\x91\x94\x8c\x05"s
                           "again\x94h\x02"s;
  const std::string array =
      "\x8c\x01"s
      "a\x94\x96\x02\0\0\0\0\0\0\0xy\x94"s;
  const std::string framed =
      "\x80\x05\x95"s + little_endian(body.size() + array.size() + 2, 8) + body + array + "u.";
  const Pickle pickle = read(framed);
  const auto* dict = pickle.root().as<PickleDict>();
  ASSERT_NE(dict, nullptr);
  EXPECT_EQ(*find(*dict, "t")->as<std::string_view>(), "ééé");
  EXPECT_EQ(find(*dict, "b")->as<PickleBytes>()->bytes, "\0\xff"s);
  EXPECT_EQ(*find(*dict, "s")->as<PickleSet>()->items.at(0)->as<std::int64_t>(), 1);
  EXPECT_EQ(*find(*dict, "f")->as<PickleSet>()->items.at(0)->as<std::int64_t>(), 2);
  EXPECT_EQ(find(*dict, "a")->as<PickleBytes>()->bytes, "xy");
  EXPECT_EQ(*find(*dict, "again")->as<std::string_view>(), "ééé");
  const std::string long_forms = "\x80\x04(\x8d"s + little_endian(1, 8) + "x\x8e" +
                                 little_endian(1, 8) + "yB" + little_endian(1, 4) + "zt.";
  const Pickle tuple = read(long_forms);
  EXPECT_EQ(tuple.root().as<PickleTuple>()->items.size(), 3U);
}

TEST(PickleReader, RefusesOpcodesOfLaterProtocolsThanItsOwn) {
  using namespace std::string_literals;
  for (const std::string& body :
       {"C\x01x"s, "B\x01\0\0\0x"s, "\x8c\x01x"s, "\x8f"s, "\x96\x01\0\0\0\0\0\0\0x"s}) {
    refusal(ErrorKind::unsupported, "\x80\x02" + body + ".");
    EXPECT_NO_THROW((void)read("\x80\x05" + body + ".")) << body;
  }
  EXPECT_THAT(refusal(ErrorKind::unsupported, "\x80\x03\x8c\x01x."), HasSubstr("SHORT_BINUNICODE"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, "\x80\x04\x96\x01\0\0\0\0\0\0\0x."s),
              HasSubstr("BYTEARRAY8"));
}

TEST(PickleReader, KeepsNamesFromTheStackToTheRules) {
  EXPECT_EQ(to_string(*read("\x80\x04\x8c\x05torch\x8c\x0c"
                            "FloatStorage\x93.")
                           .root()
                           .as<PickleGlobal>()),
            "torch.FloatStorage");
  EXPECT_THAT(refusal(ErrorKind::unsupported, "\x80\x04\x8c\x02os\x8c\x06system\x93."),
              HasSubstr("asks for os.system"));
  refusal(ErrorKind::format, "\x80\x04K\x01\x8c\x06system\x93.");
  refusal(ErrorKind::format, "\x80\x04\x8c\x02os\x93.");
  const std::string object =
      pickle(global("argparse", "Namespace") + ")\x81" + dict({text("rate"), integer(3)}) + "b");
  EXPECT_NE(find(*read(object).root().as<PickleObject>()->state->as<PickleDict>(), "rate"),
            nullptr);
}

TEST(PickleReader, RefusesBrokenFramesAndSets) {
  using namespace std::string_literals;
  refusal(ErrorKind::format, "\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7fN."s);
  refusal(ErrorKind::format, "\x80\x04N(K\x01\x90."s);
  refusal(ErrorKind::format, "\x80\x04\x94."s);
  refusal(ErrorKind::format, "\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xffx."s);
  EXPECT_THAT(refusal(ErrorKind::format, "\x80\x04N" + std::string((1 << 20) + 1, '\x94')),
              HasSubstr("2^20 values remembered"));
}

TEST(PickleReader, TellsWhereAPickleEndsThatBytesFollow) {
  const std::string bytes = pickle(integer(7)) + "and more";
  const Pickle pickle = read_leading_pickle(bytes_of(bytes), "x.pkl", kRules);
  EXPECT_EQ(pickle.size(), bytes.size() - 8);
  EXPECT_EQ(*pickle.root().as<std::int64_t>(), 7);
}

TEST(PickleReader, RefusesEveryTruncation) {
  const std::string bytes = pickle(dict({text("a"), list({integer(70000), tuple({integer(1)})})}));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    refusal(ErrorKind::format, bytes.substr(0, size));
  }
}

TEST(PickleReader, RefusesABrokenStack) {
  for (const char* code : {"",
                           "t",
                           "a",
                           "]a",
                           "(]e",
                           "u",
                           "}(Nu",
                           "}Ns",
                           "NN",
                           "(",
                           "(N",
                           "\x85",
                           "N(\x85",
                           "h\x01",
                           "j\x01\x02\x03\x04",
                           "q\x01",
                           "R",
                           "NR",
                           "\x81",
                           "b",
                           "NNb",
                           "Q",
                           "\x8a\x09xxxxxxxxx"}) {
    refusal(ErrorKind::format, pickle(code));
  }
  refusal(ErrorKind::format, pickle("N") + "N");
}

TEST(PickleReader, BoundsWhatItBuilds) {
  EXPECT_THAT(refusal(ErrorKind::format, concat("\x80\x02", std::string(100, '('))),
              HasSubstr("64 nested"));
  EXPECT_THAT(refusal(ErrorKind::format, concat("\x80\x02", std::string((1 << 20) + 1, 'N'))),
              HasSubstr("2^20 values"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, std::string(17 << 20, 'N')), HasSubstr("16777216"));
  refusal(ErrorKind::format, "\x80\x02X\xff\xff\xff\xff.");
}

TEST(PickleReader, BearsAListThatHoldsItself) {
  const std::string bytes = pickle(std::string("]q\x01h\x01") + "a");
  const Pickle pickle = read(bytes);
  const auto* list = pickle.root().as<PickleList>();
  ASSERT_EQ(list->items.size(), 1U);
  EXPECT_EQ(list->items[0], &pickle.root());
}

}  // namespace
}  // namespace sotto::test
