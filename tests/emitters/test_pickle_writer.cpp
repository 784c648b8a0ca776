#include "gtest/gtest.h"

#include "core/archive/pickle_writer.h"

namespace sotto {
namespace {

using namespace std::string_literals;

// The bytes of Python's own `pickletools.optimize(pickle.dumps(x, 2))`, where it has the thing.
TEST(PickleWriter, WritesWhatPythonWrites) {
  EXPECT_EQ(PickleWriter().none().finish(), "\x80\x02N."s);
  EXPECT_EQ(PickleWriter().boolean(true).finish(), "\x80\x02\x88."s);
  EXPECT_EQ(PickleWriter().boolean(false).finish(), "\x80\x02\x89."s);
  EXPECT_EQ(PickleWriter().integer(0).finish(), "\x80\x02K\0."s);
  EXPECT_EQ(PickleWriter().integer(255).finish(), "\x80\x02K\xff."s);
  EXPECT_EQ(PickleWriter().integer(256).finish(), "\x80\x02M\0\x01."s);
  EXPECT_EQ(PickleWriter().integer(65536).finish(), "\x80\x02J\0\0\x01\0."s);
  EXPECT_EQ(PickleWriter().integer(-2).finish(), "\x80\x02J\xfe\xff\xff\xff."s);
  EXPECT_EQ(PickleWriter().text("ab").finish(), "\x80\x02X\x02\0\0\0ab."s);
  EXPECT_EQ(PickleWriter().empty_tuple().finish(), "\x80\x02)."s);
  EXPECT_EQ(PickleWriter().global("collections", "OrderedDict").empty_tuple().reduce().finish(),
            "\x80\x02"s
            "ccollections\nOrderedDict\n)R."s);
  EXPECT_EQ(PickleWriter().empty_dict().mark().text("a").integer(1).set_items().finish(),
            "\x80\x02}(X\x01\0\0\0aK\x01u."s);
}

TEST(PickleWriter, HoldsIntegersOf64Bits) {
  EXPECT_EQ(PickleWriter().integer(std::int64_t{1} << 40).finish(),
            "\x80\x02\x8a\x08\0\0\0\0\0\x01\0\0."s);
}

TEST(PickleWriter, WritesTensorsAsTorchDoes) {
  const std::string expected =
      "\x80\x02"s
      "ctorch._utils\n_rebuild_tensor_v2\n(("s
      "X\x07\0\0\0storagectorch\nHalfStorage\nX\x01\0\0\0"s
      "7X\x03\0\0\0cpuK\x06tQ"s
      "K\0(K\x02K\x03t(K\x03K\x01t\x89"s
      "ccollections\nOrderedDict\n)RtR."s;
  EXPECT_EQ(PickleWriter().tensor(DType::float16, {2, 3}, "7").finish(), expected);
}

}  // namespace
}  // namespace sotto
