#pragma once

#include <algorithm>
#include <flatbuffers/verifier.h>
#include <random>
#include <string>

#include "fuzz/folder_of_its_own.h"
#include "fuzz/fuzz_target.h"
#include "mutation/tflite_mutator.h"
#include "tflite/schema_generated.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace sotto::test {

/// Mostly changes a number of the format where the input still is a flatbuffer, and lets the fuzzer
/// do as it likes where not.
inline std::size_t mutate_tflite(std::uint8_t* data, std::size_t size, std::size_t most,
                                 unsigned seed) {
  flatbuffers::Verifier verifier(data, size);
  const bool is_tflite = verifier.VerifyBuffer<tflite::Model>("TFL3");
  if (!is_tflite || seed % 8 == 0) return LLVMFuzzerMutate(data, size, most);
  std::mt19937_64 random(seed);
  const Mutation mutation =
      TfliteMutator(std::string(reinterpret_cast<const char*>(data), size)).mutate(random);
  std::copy(mutation.bytes.begin(), mutation.bytes.end(), data);
  return size;
}

}  // namespace sotto::test
