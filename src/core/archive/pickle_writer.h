#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/dtype.h"
#include "core/base/shape.h"

namespace sotto {

/// Writes a pickle of protocol 2, opcode by opcode: the stack machine of Python's `pickle` module,
/// in the subset that PyTorch's own readers accept. Nothing is memoized, for nothing is shared.
class PickleWriter {
 public:
  PickleWriter();

  PickleWriter& none();
  PickleWriter& boolean(bool value);
  PickleWriter& integer(std::int64_t value);
  PickleWriter& text(std::string_view value);

  /// A class or function by its module and name.
  PickleWriter& global(std::string_view module, std::string_view name);

  /// Marks where the items of the next tuple() or set_items() begin.
  PickleWriter& mark();
  PickleWriter& tuple();
  PickleWriter& empty_tuple();
  PickleWriter& empty_dict();
  /// Puts the key–value pairs since the mark into the dict below it.
  PickleWriter& set_items();

  PickleWriter& reduce();         ///< function, tuple → the call's result
  PickleWriter& new_object();     ///< class, tuple → an instance
  PickleWriter& build();          ///< instance, state → the instance with that state
  PickleWriter& persistent_id();  ///< id → what the reader keeps under it

  /// A dense row-major tensor whose elements are the archive's entry `data/KEY`, as `torch.save`
  /// and `torch.jit.save` put it.
  PickleWriter& tensor(DType dtype, const Shape& shape, std::string_view key);

  /// Ends the pickle and gives its bytes.
  [[nodiscard]] std::string finish();

 private:
  PickleWriter& opcode(char code);
  PickleWriter& integers(const Shape& values);
  void little_endian(std::uint64_t value, int bytes);

  std::string bytes_;
};

}  // namespace sotto
