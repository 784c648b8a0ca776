#pragma once

#include <initializer_list>
#include <string>

#include "tflite/schema_generated.h"

namespace sotto {

/// Throws unsupported with a sentence that begins with `what` ("tensor 3 has") unless the table, of
/// a verified flatbuffer, has none but these fields (by the generated VT_ numbers). So a reader
/// with a fuller schema finds nothing in it that was not looked at.
void check_only_fields(const void* table, std::initializer_list<flatbuffers::voffset_t> fields,
                       const std::string& what);

/// The same for a table whose fields are all known: none beyond `last`.
void check_no_field_beyond(const void* table, flatbuffers::voffset_t last, const std::string& what);

}  // namespace sotto
