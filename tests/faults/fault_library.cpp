// Put before the C library (LD_PRELOAD), it has one call of one kind go wrong, as a full disk, a
// failing one or a lack of memory would. What is asked of it stands in the environment:
//
//   SOTTO_FAULT=KIND:N:ERRNO  of the process's calls of that kind the N-th fails with that error
//   SOTTO_FAULT_CUT=PATH      or rather succeeds, after somebody has cut that file to half its size
//   SOTTO_FAULT_LOG=PATH      a file to be written when the N-th call comes
//   SOTTO_FAULT_NFS=1         flock() takes no descriptor that is open for reading only, as on NFS
//
// Only what the program does to files counts: nothing of its first three descriptors, of /dev and
// of /proc, and nothing that its children do.
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <new>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

struct Plan {
  char kind[16] = "";
  long number = 0;
  int error = 0;
  const char* cut = nullptr;
  const char* log = nullptr;
  bool has_nfs_rules = false;
  ::pid_t process = 0;
  std::uintptr_t program_first = 0, program_end = 0;  ///< its code
  std::atomic<long> calls = 0;
  int (*main)(int, char**, char**) = nullptr;
  bool runs_main = false;
};

Plan plan;

/// Memory that libraries ask for is their own affair.
bool is_of_the_program(const void* caller) {
  const auto address = reinterpret_cast<std::uintptr_t>(caller);
  return address >= plan.program_first && address < plan.program_end;
}

/// The first that is listed is the program.
int note_program(::dl_phdr_info* info, size_t /*size*/, void* /*unused*/) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0) continue;
    plan.program_first = info->dlpi_addr + header.p_vaddr;
    plan.program_end = plan.program_first + header.p_memsz;
  }
  return 1;
}

// Before main() and before other libraries' constructors do much that counts.
__attribute__((constructor)) void read_plan() {
  const char* fault = std::getenv("SOTTO_FAULT");
  if (fault != nullptr) std::sscanf(fault, "%15[a-z]:%ld:%d", plan.kind, &plan.number, &plan.error);
  plan.cut = std::getenv("SOTTO_FAULT_CUT");
  plan.log = std::getenv("SOTTO_FAULT_LOG");
  plan.has_nfs_rules = std::getenv("SOTTO_FAULT_NFS") != nullptr;
  plan.process = ::getpid();
  ::dl_iterate_phdr(note_program, nullptr);
}

template <class Function>
Function* next(Function* /*same*/, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

void write_log(const char* what) {
  if (plan.log == nullptr) return;
  const auto file = static_cast<int>(
      ::syscall(SYS_openat, AT_FDCWD, plan.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  ::syscall(SYS_write, file, what, std::strlen(what));
  ::syscall(SYS_write, file, "\n", 1);
  ::syscall(SYS_close, file);
}

void cut_file() {
  struct stat status {};
  if (::stat(plan.cut, &status) == 0) (void)!::truncate(plan.cut, status.st_size / 2);
}

/// Whether this call is to fail; then errno says why.
bool strikes(const char* kind, const char* what) {
  if (plan.process != ::getpid() || std::strcmp(kind, plan.kind) != 0) return false;
  if (++plan.calls != plan.number) return false;
  write_log(what);
  if (plan.cut != nullptr) {
    cut_file();
    return false;
  }
  errno = plan.error;
  return true;
}

bool is_regular(int descriptor) {
  const int error = errno;
  struct stat status {};
  const bool regular = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  errno = error;
  return regular;
}

bool is_of_the_system(const char* path) {
  return std::strncmp(path, "/dev/", 5) == 0 || std::strncmp(path, "/proc/", 6) == 0;
}

bool write_strikes(int descriptor) {
  return descriptor > STDERR_FILENO && is_regular(descriptor) && strikes("write", "write");
}

bool read_strikes(int descriptor) {
  return descriptor > STDERR_FILENO && is_regular(descriptor) && strikes("read", "read");
}

bool map_strikes(int descriptor, int flags) {
  return (flags & MAP_ANONYMOUS) == 0 && is_regular(descriptor) && strikes("map", "mmap");
}

/// What only opens what is there already looks for leftovers.
bool open_strikes(const char* path, int flags) {
  return (flags & O_CREAT) != 0 && !is_of_the_system(path) && strikes("open", path);
}

::mode_t mode_of(int flags, std::va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, ::mode_t) : 0;
}

int noted_main(int count, char** words, char** environment) {
  plan.runs_main = true;
  return plan.main(count, words, environment);
}

}  // namespace

// The C library declares some of these with attributes that say no more than it does itself.
#pragma GCC diagnostic ignored "-Wnonnull-compare"

extern "C" {

// What is made before main() nobody can refuse in a sentence.
int __libc_start_main(int (*main)(int, char**, char**), int count, char** words, void (*begin)(),
                      void (*end)(), void (*unload)(), void* stack) {
  static auto* const real = next(::__libc_start_main, "__libc_start_main");
  plan.main = main;
  return real(noted_main, count, words, begin, end, unload, stack);
}

ssize_t write(int descriptor, const void* bytes, size_t count) {
  static auto* const real = next(::write, "write");
  return write_strikes(descriptor) ? -1 : real(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t place) {
  static auto* const real = next(::pwrite, "pwrite");
  return write_strikes(descriptor) ? -1 : real(descriptor, bytes, count, place);
}

ssize_t read(int descriptor, void* bytes, size_t count) {
  static auto* const real = next(::read, "read");
  return read_strikes(descriptor) ? -1 : real(descriptor, bytes, count);
}

ssize_t pread(int descriptor, void* bytes, size_t count, off_t place) {
  static auto* const real = next(::pread, "pread");
  return read_strikes(descriptor) ? -1 : real(descriptor, bytes, count, place);
}

ssize_t pread64(int descriptor, void* bytes, size_t count, off64_t place) {
  static auto* const real = next(::pread64, "pread64");
  return read_strikes(descriptor) ? -1 : real(descriptor, bytes, count, place);
}

int fsync(int descriptor) {
  static auto* const real = next(::fsync, "fsync");
  return strikes("fsync", "fsync") ? -1 : real(descriptor);
}

int rename(const char* from, const char* to) {
  static auto* const real = next(::rename, "rename");
  return strikes("rename", to) ? -1 : real(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned int flags) {
  static auto* const real = next(::renameat2, "renameat2");
  return strikes("rename", to) ? -1 : real(from_folder, from, to_folder, to, flags);
}

int link(const char* from, const char* to) {
  static auto* const real = next(::link, "link");
  return strikes("link", to) ? -1 : real(from, to);
}

int flock(int descriptor, int operation) {
  static auto* const real = next(::flock, "flock");
  if ((operation & LOCK_EX) != 0 && plan.has_nfs_rules &&
      (::fcntl(descriptor, F_GETFL) & O_ACCMODE) == O_RDONLY) {
    errno = EBADF;
    return -1;
  }
  return (operation & LOCK_UN) == 0 && strikes("lock", "flock") ? -1 : real(descriptor, operation);
}

// All that fcntl() takes is a number or a pointer.
int fcntl(int descriptor, int command, ...) {
  static auto* const real = next(::fcntl, "fcntl");
  std::va_list arguments;
  va_start(arguments, command);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  const bool locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK ||
                     command == F_OFD_SETLKW;
  if (locks && static_cast<const struct ::flock*>(argument)->l_type != F_UNLCK &&
      strikes("lock", "fcntl")) {
    return -1;
  }
  return real(descriptor, command, argument);
}

int fcntl64(int, int, ...) __attribute__((alias("fcntl")));

void* mmap(void* place, size_t size, int protection, int flags, int descriptor, off_t offset) {
  static auto* const real = next(::mmap, "mmap");
  if (map_strikes(descriptor, flags)) return MAP_FAILED;
  return real(place, size, protection, flags, descriptor, offset);
}

void* mmap64(void* place, size_t size, int protection, int flags, int descriptor, off64_t offset) {
  return ::mmap(place, size, protection, flags, descriptor, offset);
}

int open(const char* path, int flags, ...) {
  static auto* const real = next(::open, "open");
  std::va_list arguments;
  va_start(arguments, flags);
  const ::mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_strikes(path, flags) ? -1 : real(path, flags, mode);
}

int open64(const char*, int, ...) __attribute__((alias("open")));

int mkdir(const char* path, mode_t mode) {
  static auto* const real = next(::mkdir, "mkdir");
  return strikes("mkdir", path) ? -1 : real(path, mode);
}

int chmod(const char* path, mode_t mode) {
  static auto* const real = next(::chmod, "chmod");
  return strikes("chmod", path) ? -1 : real(path, mode);
}

int fchmod(int descriptor, mode_t mode) {
  static auto* const real = next(::fchmod, "fchmod");
  return strikes("chmod", "fchmod") ? -1 : real(descriptor, mode);
}

int unlink(const char* path) {
  static auto* const real = next(::unlink, "unlink");
  return strikes("remove", path) ? -1 : real(path);
}

int unlinkat(int folder, const char* path, int flags) {
  static auto* const real = next(::unlinkat, "unlinkat");
  return strikes("remove", path) ? -1 : real(folder, path, flags);
}

int remove(const char* path) {
  static auto* const real = next(std::remove, "remove");
  return strikes("remove", path) ? -1 : real(path);
}

// A descriptor that cannot be closed is closed all the same.
int close(int descriptor) {
  static auto* const real = next(::close, "close");
  const bool writes =
      descriptor > STDERR_FILENO && (::fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY;
  const bool counts = writes && is_regular(descriptor);
  const int result = real(descriptor);
  return counts && strikes("close", "close") ? -1 : result;
}

int posix_memalign(void** memory, size_t alignment, size_t size) {
  static auto* const real = next(::posix_memalign, "posix_memalign");
  const bool counts = is_of_the_program(__builtin_return_address(0));
  return counts && strikes("allocate", "posix_memalign") ? ENOMEM : real(memory, alignment, size);
}

}  // extern "C"

void* operator new(size_t size) {
  static auto* const real = next(static_cast<void* (*)(size_t)>(::operator new), "_Znwm");
  const bool counts = plan.runs_main && is_of_the_program(__builtin_return_address(0));
  if (counts && strikes("new", "operator new")) {
    throw std::bad_alloc();
  }
  return real(size);
}
