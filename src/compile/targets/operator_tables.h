#pragma once

#include <string_view>

#include "compile/targets/legality.h"

namespace sotto {

// Which operators the compilers take, by their names in the TFLite format.

/// What a table says of an operator.
enum class Listing {
  listed,
  absent,
  unread,  ///< if it is there, then in the part that could not be read
};

/// The NPU itself.
[[nodiscard]] Listing listing_of(std::string_view name, MdlaTable table);

/// Whether weights of the operator may have a scale a channel, by MDLA 3.0's table; that of 5.3
/// does not say.
[[nodiscard]] bool takes_scales_by_channel(std::string_view name);

/// MediaTek's plugin of LiteRT 2.3.0.
[[nodiscard]] bool plugin_takes(std::string_view name);

/// The same for a composite, by its name, whatever its attributes.
[[nodiscard]] bool plugin_takes_composite(std::string_view name);

}  // namespace sotto
