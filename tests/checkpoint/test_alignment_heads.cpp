#include "gmock/gmock.h"

#include "core/base/error.h"
#include "model/checkpoint/alignment_heads.h"
#include "support/expect_error.h"

namespace sotto {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Checkpoint checkpoint(std::int64_t layers, std::int64_t heads) {
  Checkpoint made;
  made.path = "tuned.pt";
  made.dims.n_text_layer = layers;
  made.dims.n_text_head = heads;
  return made;
}

template <class Work>
std::string refusal(const Work& work) {
  return test::expect_error(ErrorKind::usage, "", [&] { static_cast<void>(work()); });
}

TEST(ChooseAlignmentHeads, TakesThoseAskedForThenTheCheckpointsOwn) {
  Checkpoint own = checkpoint(4, 2);
  own.alignment_heads = AlignmentHeads{{2, 1}, {1, 0}};
  EXPECT_THAT(choose_alignment_heads(own, std::nullopt), ElementsAre(Pair(1, 0), Pair(2, 1)));
  const AlignmentHeads wanted{{3, 0}, {0, 1}, {3, 0}};
  EXPECT_THAT(choose_alignment_heads(own, wanted), ElementsAre(Pair(0, 1), Pair(3, 0)));
}

TEST(ChooseAlignmentHeads, ElseTakesTheUpperHalfOfTheLayers) {
  EXPECT_THAT(choose_alignment_heads(checkpoint(4, 2), std::nullopt),
              ElementsAre(Pair(2, 0), Pair(2, 1), Pair(3, 0), Pair(3, 1)));
  EXPECT_THAT(choose_alignment_heads(checkpoint(3, 1), std::nullopt),
              ElementsAre(Pair(1, 0), Pair(2, 0)));
  EXPECT_THAT(choose_alignment_heads(checkpoint(1, 2), std::nullopt),
              ElementsAre(Pair(0, 0), Pair(0, 1)));
}

TEST(ChooseAlignmentHeads, RefusesWhatTheDecoderLacks) {
  const Checkpoint small = checkpoint(4, 2);
  for (const AlignmentHeads& heads : {AlignmentHeads{{4, 0}}, AlignmentHeads{{0, 2}},
                                      AlignmentHeads{{-1, 0}}, AlignmentHeads{{0, -1}}}) {
    EXPECT_THAT(refusal([&] { return choose_alignment_heads(small, heads); }),
                HasSubstr("tuned.pt: expected alignment heads within the 4 layers of 2 heads"));
  }
}

TEST(ParseAlignmentHeads, ReadsPairs) {
  EXPECT_THAT(parse_alignment_heads("3:1"), ElementsAre(Pair(3, 1)));
  EXPECT_THAT(parse_alignment_heads("3:1,4:2,10:19"),
              ElementsAre(Pair(3, 1), Pair(4, 2), Pair(10, 19)));
}

TEST(ParseAlignmentHeads, RefusesAnythingElse) {
  for (const char* text : {"", "3", "3:", ":1", "3:1,", ",3:1", "3:1 4:2", "3:1;4:2", "3:1:2",
                           "a:b", "3: 1", "99999999999999999999:1"}) {
    EXPECT_THAT(refusal([&] { return parse_alignment_heads(text); }),
                HasSubstr("expected LAYER:HEAD,LAYER:HEAD,…"))
        << text;
  }
}

TEST(LayersOf, AscendAndAreNamedOnce) {
  EXPECT_THAT(layers_of({{3, 1}, {1, 0}, {3, 0}}), ElementsAre(1, 3));
}

}  // namespace
}  // namespace sotto
