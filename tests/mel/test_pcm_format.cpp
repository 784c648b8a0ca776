#include <gtest/gtest.h>

#include "core/base/error.h"
#include "run/mel/pcm_format.h"
#include "support/expect_error.h"

namespace sotto::test {
namespace {

TEST(PcmFormats, AreReadFromAWord) {
  const PcmFormat integers = parse_pcm_format("s16le,16000,1");
  EXPECT_EQ(integers.code, SampleCode::signed_integer);
  EXPECT_EQ(integers.sample_bytes, 2U);
  EXPECT_EQ(integers.rate, 16000);
  EXPECT_EQ(integers.channels, 1U);
  EXPECT_FALSE(integers.big_endian);
  const PcmFormat floats = parse_pcm_format("f32le,48000,2");
  EXPECT_EQ(floats.code, SampleCode::floating);
  EXPECT_EQ(floats.frame_bytes(), 8U);
  EXPECT_EQ(describe(floats), "48000 Hz, 2 channels of 32-bit floats");
}

TEST(PcmFormats, ThatAreNoneAreRefusedInOneSentence) {
  for (const std::string word :
       {"", ",", "s16le", "s16le,16000", "s16le,16000,", "s16le,16000,0", "s16le,16000,9",
        "s16le,999,1", "s16le,3000001,1", "s16le,16k,1", "s16le, 16000,1", "s16le,16000,1,",
        "s16le,16000,1,1", "s16be,16000,1", "wav,16000,1", "S16LE,16000,1", "s16le,-1,1",
        "s16le,99999999999999999999,1"}) {
    const std::string message = expect_error(ErrorKind::usage, "pcm: expected s16le or f32le, ",
                                             [&] { static_cast<void>(parse_pcm_format(word)); });
    EXPECT_NE(message.find("found \"" + word + "\""), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace sotto::test
