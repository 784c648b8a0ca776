// export_once SOURCE FOLDER NAME VOCABULARY [BYTES]: one export, its files limited to BYTES each.
// Says why it fails on stderr and exits with 1.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sys/resource.h>

#include "compile/exporter/exporter.h"
#include "core/base/error.h"

namespace {

void limit_file_size(const char* bytes) {
  const auto limit = static_cast<::rlim_t>(std::strtoull(bytes, nullptr, 10));
  const ::rlimit both{limit, limit};
  ::setrlimit(RLIMIT_FSIZE, &both);
  ::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  if (argc > 5) limit_file_size(argv[5]);
  sotto::ExportOptions options;
  options.source = argv[1];
  options.output = argv[2];
  options.name = argv[3];
  options.vocabulary = argv[4];
  try {
    (void)sotto::export_bundle(options);
  } catch (const sotto::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
