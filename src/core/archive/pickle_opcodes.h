#pragma once

#include <cstdint>
#include <string_view>

namespace sotto {

/// The opcodes of the pickle protocol that are read; the rest is refused by name.
enum class PickleOp : std::uint8_t {
  mark = '(',
  stop = '.',
  none = 'N',
  bin_int = 'J',
  bin_int1 = 'K',
  bin_int2 = 'M',
  bin_float = 'G',
  bin_unicode = 'X',
  bin_bytes = 'B',
  short_bin_bytes = 'C',
  append = 'a',
  appends = 'e',
  build = 'b',
  global = 'c',
  empty_dict = '}',
  empty_list = ']',
  empty_tuple = ')',
  bin_get = 'h',
  long_bin_get = 'j',
  bin_put = 'q',
  long_bin_put = 'r',
  bin_persistent_id = 'Q',
  reduce = 'R',
  set_item = 's',
  set_items = 'u',
  tuple = 't',
  protocol = 0x80,
  new_object = 0x81,
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  new_true = 0x88,
  new_false = 0x89,
  long1 = 0x8a,
  short_bin_unicode = 0x8c,
  bin_unicode8 = 0x8d,
  bin_bytes8 = 0x8e,
  empty_set = 0x8f,
  add_items = 0x90,
  frozen_set = 0x91,
  stack_global = 0x93,
  memoize = 0x94,
  frame = 0x95,
  byte_array8 = 0x96,
};

/// The protocol that brought an opcode: no sound pickle of an earlier one has it.
[[nodiscard]] std::uint8_t pickle_protocol_of(PickleOp code);

/// Python's name of any opcode, read or not ("STACK_GLOBAL"); empty for a byte that is none.
[[nodiscard]] std::string_view pickle_opcode_name(std::uint8_t code);

}  // namespace sotto
