#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/error.h"
#include "run/wire/ssh_wire.h"

namespace sotto {
namespace {

struct Failure {
  std::string_view words;     ///< in what ssh says
  std::string_view sentence;  ///< HOST stands for the destination
};

// The first that fits: a changed key ends in words that an unknown one ends in too.
constexpr auto kFailures = std::to_array<Failure>({
    {"REMOTE HOST IDENTIFICATION HAS CHANGED",
     "its key is another one than ssh knows it by: if the board was set up anew, forget the old "
     "one "
     "with \"ssh-keygen -R HOST\", else somebody may be in between"},
    {"Host key verification failed",
     "ssh does not know its key yet: connect once by hand with \"ssh HOST\" and compare the key"},
    {"Permission denied",
     "it takes none of the keys that ssh offers, and a password is not asked for: install one with "
     "\"ssh-copy-id HOST\", or unlock it with \"ssh-add\""},
    {"Too many authentication failures",
     "it takes none of the first keys that ssh offers: name the right one (IdentityFile) in ssh's "
     "configuration"},
    {"Could not resolve hostname",
     "no such host: expected a name that ssh resolves, or an alias of ssh's configuration"},
    {"Connection refused",
     "nothing listens there: start the board's ssh server, or name its port as HOST:PORT"},
    {"Connection timed out", "it does not answer: is it on, and in this network?"},
    {"No route to host", "it does not answer: is it on, and in this network?"},
    {"Network is unreachable", "there is no way to its network"},
    {"no matching",
     "it and ssh have no algorithm in common: ssh's configuration may allow an older "
     "one"},
    {"Bad configuration option", "ssh does not take its own configuration"},
});

std::string with_host(std::string_view sentence, const std::string& host) {
  std::string text(sentence);
  constexpr std::string_view kPlace = "HOST";
  for (auto found = text.find(kPlace); found != std::string::npos;
       found = text.find(kPlace, found + host.size())) {
    text.replace(found, kPlace.size(), host);
  }
  return text;
}

std::string last_line(std::string said) {
  constexpr std::size_t kMost = 300;
  while (!said.empty() && (said.back() == '\n' || said.back() == '\r')) said.pop_back();
  const auto begin = said.rfind('\n');
  return said.substr(begin == std::string::npos ? 0 : begin + 1, kMost);
}

}  // namespace

std::string ssh_failure(const SshAddress& address, const std::string& said) {
  const std::string& host = address.destination;
  for (const Failure& failure : kFailures) {
    if (said.find(failure.words) == std::string::npos) continue;
    return concat(host, ": ", with_host(failure.sentence, host));
  }
  const std::string line = last_line(said);
  return concat(host, ": ssh gave no answer", line.empty() ? "" : ", and said: ", line);
}

}  // namespace sotto
