#include "run/backends/cpu/kernels/kernels.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "run/backends/cpu/kernels/isa/tables.h"
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace sotto::cpu {
namespace {

struct Entry {
  const Kernels* table;
  bool (*is_usable)();
};

#if defined(__x86_64__)

// All that have AVX2 turn halves into float32 too; not all compilers' libraries know the name.
bool has_f16c() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}
bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
}
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}
// Neither compiler's library names AVX-VNNI in all versions that build this.
bool has_avx_vnni() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) == 0) return false;
  return has_avx2() && (eax & (1U << 4)) != 0;
}
bool has_avx512_bf16() { return has_avx512() && __builtin_cpu_supports("avx512bf16"); }

constexpr std::array kEntries{
    Entry{&generic::table, [] { return true; }}, Entry{&avx2::table, has_avx2},
    Entry{&avx2_vnni::table, has_avx_vnni},      Entry{&avx512::table, has_avx512},
    Entry{&avx512_bf16::table, has_avx512_bf16},
};

#elif defined(__aarch64__)

bool has_dot_product() {
#if defined(__linux__)
  return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#else
  return false;
#endif
}

constexpr std::array kEntries{
    Entry{&generic::table, [] { return true; }},
    Entry{&neon_dot::table, has_dot_product},
};

#else

constexpr std::array kEntries{Entry{&generic::table, [] { return true; }}};

#endif

}  // namespace

const std::vector<const Kernels*>& usable_kernels() {
  static const std::vector<const Kernels*> usable = [] {
    std::vector<const Kernels*> tables;
    for (const Entry& entry : kEntries) {
      if (entry.is_usable()) tables.push_back(entry.table);
    }
    return tables;
  }();
  return usable;
}

const Kernels& best_kernels(std::string_view most) {
  const auto known =
      most.empty() ? kEntries.end()
                   : std::find_if(kEntries.begin(), kEntries.end(),
                                  [&](const Entry& entry) { return entry.table->name == most; });
  if (!most.empty() && known == kEntries.end()) {
    std::string names;
    for (const Entry& entry : kEntries)
      names += (names.empty() ? "" : ", ") + std::string(entry.table->name);
    fail(ErrorKind::usage, "$SOTTO_MAX_ISA: expected an instruction set of ", names, ", found ",
         most);
  }
  const Kernels* best = &generic::table;
  for (const Entry& entry : kEntries) {
    if (entry.is_usable()) best = entry.table;
    if (entry.table->name == most) break;
  }
  return *best;
}

}  // namespace sotto::cpu
