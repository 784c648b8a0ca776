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
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

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

pid_t start(std::vector<std::string> words, std::FILE* output, std::FILE* errors) {
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
      posix_spawn(&child, words.front().c_str(), &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) throw std::runtime_error("cannot start " + words.front());
  return child;
}

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct Ending {
  int status = 0;
  ::rusage usage{};
};

Ending wait_for(pid_t child) {
  Ending ending;
  if (::wait4(child, &ending.status, 0, &ending.usage) != child) {
    throw std::runtime_error("lost the program");
  }
  return ending;
}

/// The same, with SIGKILL once the time is over.
Ending wait_for(pid_t child, std::chrono::seconds most) {
  constexpr std::chrono::milliseconds kPause(5);
  const auto end = std::chrono::steady_clock::now() + most;
  for (Ending ending; std::chrono::steady_clock::now() < end;) {
    if (::wait4(child, &ending.status, WNOHANG, &ending.usage) == child) return ending;
    std::this_thread::sleep_for(kPause);
  }
  ::kill(child, SIGKILL);
  return wait_for(child);
}

}  // namespace

struct RunningSotto::Files {
  File output{std::tmpfile()}, errors{std::tmpfile()};
};

RunningSotto::RunningSotto(const std::vector<std::string>& arguments, const std::string& line)
    : files_(std::make_unique<Files>()) {
  if (!files_->output || !files_->errors) throw std::runtime_error("cannot make temporary files");
  std::vector<std::string> words{"/bin/sh", "-c", line, "sh", SOTTO_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  process_ = start(std::move(words), files_->output.get(), files_->errors.get());
}

RunningSotto::~RunningSotto() {
  if (process_ < 0) return;
  send(SIGKILL);
  static_cast<void>(wait_for(process_));
}

void RunningSotto::send(int signal) const { ::kill(process_, signal); }

ProgramRun RunningSotto::wait(std::chrono::seconds most) {
  ProgramRun run;
  const ::pid_t process = std::exchange(process_, -1);
  const Ending ending = most.count() == 0 ? wait_for(process) : wait_for(process, most);
  run.exit_code = exit_code(ending.status);
  run.peak_megabytes = ending.usage.ru_maxrss / 1024;
  run.output = contents(files_->output.get());
  run.errors = contents(files_->errors.get());
  return run;
}

ProgramRun run_sotto(const std::vector<std::string>& arguments, std::chrono::seconds most) {
  return RunningSotto(arguments).wait(most);
}

ProgramRun run_sotto_in_shell(const std::string& line, const std::vector<std::string>& arguments) {
  return RunningSotto(arguments, line).wait();
}

void kill_sotto_after(const std::vector<std::string>& arguments, int microseconds) {
  RunningSotto program(arguments);
  std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
  program.send(SIGKILL);
  static_cast<void>(program.wait());
}

bool is_one_sentence(const std::string& errors) {
  constexpr std::size_t kShortest = 15;
  return errors.starts_with("sotto: ") && errors.size() > kShortest && errors.back() == '\n' &&
         std::count(errors.begin(), errors.end(), '\n') == 1;
}

}  // namespace sotto::test
