#include "cli/sotto_process.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace sotto::test {

namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::string contents(std::FILE* file) {
  std::rewind(file);
  std::string text;
  char buffer[4096];
  for (std::size_t count; (count = std::fread(buffer, 1, sizeof buffer, file)) > 0;) {
    text.append(buffer, count);
  }
  return text;
}

pid_t start(const std::vector<std::string>& arguments, std::FILE* output, std::FILE* errors) {
  std::vector<std::string> words{SOTTO_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, fileno(output), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(errors), STDERR_FILENO);
  pid_t child = 0;
  const int problem =
      posix_spawn(&child, SOTTO_PROGRAM, &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) throw std::runtime_error("cannot start " SOTTO_PROGRAM);
  return child;
}

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int wait_for(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child) throw std::runtime_error("lost the program");
  return exit_code(status);
}

/// The same, with SIGKILL once the time is over.
int wait_for(pid_t child, std::chrono::seconds most) {
  constexpr std::chrono::milliseconds kPause(5);
  const auto end = std::chrono::steady_clock::now() + most;
  for (int status = 0; std::chrono::steady_clock::now() < end;) {
    if (waitpid(child, &status, WNOHANG) == child) return exit_code(status);
    std::this_thread::sleep_for(kPause);
  }
  ::kill(child, SIGKILL);
  return wait_for(child);
}

}  // namespace

ProgramRun run_sotto(const std::vector<std::string>& arguments, std::chrono::seconds most) {
  const File output(std::tmpfile()), errors(std::tmpfile());
  if (!output || !errors) throw std::runtime_error("cannot make temporary files");
  ProgramRun run;
  const pid_t child = start(arguments, output.get(), errors.get());
  run.exit_code = most.count() == 0 ? wait_for(child) : wait_for(child, most);
  run.output = contents(output.get());
  run.errors = contents(errors.get());
  return run;
}

void kill_sotto_after(const std::vector<std::string>& arguments, int microseconds) {
  const File output(std::tmpfile()), errors(std::tmpfile());
  if (!output || !errors) throw std::runtime_error("cannot make temporary files");
  const pid_t child = start(arguments, output.get(), errors.get());
  std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
  ::kill(child, SIGKILL);
  static_cast<void>(wait_for(child));
}

bool is_one_sentence(const std::string& errors) {
  constexpr std::size_t kShortest = 15;
  return errors.starts_with("sotto: ") && errors.size() > kShortest && errors.back() == '\n' &&
         std::count(errors.begin(), errors.end(), '\n') == 1;
}

}  // namespace sotto::test
