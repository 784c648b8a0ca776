#include <unistd.h>

// A library that never comes back from being loaded.

__attribute__((constructor)) static void stall() {
  while (true) ::pause();
}
