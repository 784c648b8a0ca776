#include "core/tflite/own_fields.h"

#include <algorithm>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr flatbuffers::voffset_t kFirst = 4, kWidth = 2;  // behind two sizes, an entry a field

template <class Allowed>
void check(const void* address, const std::string& what, const Allowed& allowed) {
  const auto* table = static_cast<const flatbuffers::Table*>(address);
  const auto size = flatbuffers::ReadScalar<flatbuffers::voffset_t>(table->GetVTable());
  for (flatbuffers::voffset_t field = kFirst; field + kWidth <= size;
       field = static_cast<flatbuffers::voffset_t>(field + kWidth)) {
    if (table->GetOptionalFieldOffset(field) == 0 || allowed(field)) continue;
    fail(ErrorKind::unsupported, what, " field ", (field - kFirst) / kWidth,
         " of the format, which Sotto does not write");
  }
}

}  // namespace

void check_only_fields(const void* table, std::initializer_list<flatbuffers::voffset_t> fields,
                       const std::string& what) {
  check(table, what, [&](flatbuffers::voffset_t field) {
    return std::find(fields.begin(), fields.end(), field) != fields.end();
  });
}

void check_no_field_beyond(const void* table, flatbuffers::voffset_t last,
                           const std::string& what) {
  check(table, what, [&](flatbuffers::voffset_t field) { return field <= last; });
}

}  // namespace sotto
