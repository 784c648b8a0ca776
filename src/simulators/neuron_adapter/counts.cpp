#include "simulators/neuron_adapter/counts.h"

#include <fstream>
#include <map>
#include <mutex>

#include "simulators/neuron_adapter/switches.h"

namespace sotto::simulator {
namespace {

struct Runs {
  std::uint64_t runs = 0, bytes = 0;
  double seconds = 0;
};

std::string without_quotes(std::string name) {
  for (char& c : name) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ') c = '_';
  }
  return name;
}

/// Writes what was counted when the process ends.
class Counts {
 public:
  Counts() { (void)switches(); }  // which are to outlive it
  ~Counts() {
    if (!switches().report.empty()) write();
  }
  Counts(const Counts&) = delete;
  Counts& operator=(const Counts&) = delete;

  bool call() {
    const std::lock_guard lock(mutex_);
    return ++calls_ == switches().failing_call;
  }
  void copied(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    pending_ += bytes;
  }
  void run(const std::string& network, double seconds) {
    const std::lock_guard lock(mutex_);
    Runs& runs = networks_[network];
    ++runs.runs;
    runs.bytes += pending_;
    runs.seconds += seconds;
    pending_ = 0;
  }

 private:
  void write() const {
    std::ofstream out(switches().report);
    out << "{\"simulation\": true, \"calls\": " << calls_ << ", \"networks\": {";
    const char* separator = "";
    for (const auto& [name, runs] : networks_) {
      out << separator << '"' << without_quotes(name) << "\": {\"runs\": " << runs.runs
          << ", \"bytes\": " << runs.bytes << ", \"seconds\": " << runs.seconds << '}';
      separator = ", ";
    }
    out << "}}\n";
  }

  std::mutex mutex_;
  std::uint64_t calls_ = 0, pending_ = 0;
  std::map<std::string, Runs> networks_;
};

Counts& counts() {
  static Counts all;
  return all;
}

}  // namespace

bool count_call() { return counts().call(); }
void count_copied(std::size_t bytes) { counts().copied(bytes); }
void count_run(const std::string& network, double seconds) { counts().run(network, seconds); }

}  // namespace sotto::simulator
