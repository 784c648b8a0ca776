#include "run/wire/device_probe.h"

#include <algorithm>
#include <string_view>

namespace sotto {
namespace {

// A line each: what, a tab, and what was found.
constexpr const char* kProbe = R"sh(
row() { printf '%s\t%s\n' "$1" "$2"; }
row processor "$(uname -m)"
row system "$(uname -sr)"
if command -v getprop >/dev/null 2>&1; then
  for p in ro.soc.model ro.soc.manufacturer ro.board.platform ro.build.version.release; do
    row "$p" "$(getprop "$p")"
  done
fi
for f in /proc/device-tree/model /proc/device-tree/compatible; do
  [ -r "$f" ] && row "${f##*/}" "$(tr '\0' ' ' <"$f")"
done
for d in /vendor/lib64 /system/vendor/lib64 /system/lib64 /odm/lib64 /usr/lib /usr/lib64 \
  /usr/lib/aarch64-linux-gnu; do
  for f in "$d"/libneuron*_adapter*.so* "$d"/libneuron_runtime*.so* "$d"/libapuwareutils*.so* \
    "$d"/libLiteRt*.so*; do
    [ -e "$f" ] && row library "$f"
  done
done
for f in /dev/apusys /dev/dma_heap/system /dev/dma_heap/system-uncached; do
  if [ ! -e "$f" ]; then row "$f" 'not there'
  elif (: <>"$f") 2>/dev/null; then row "$f" 'can be opened'
  else row "$f" 'may not be opened by this user'
  fi
done
row memory "$(grep MemTotal /proc/meminfo | tr -s ' ' | cut -d ' ' -f 2,3)"
row user "$(id -un 2>/dev/null)"
for t in sha256sum toybox busybox; do command -v "$t" >/dev/null 2>&1 && row tool "$t"; done
true
)sh";

}  // namespace

std::vector<ProbeRow> probe_device(Wire& wire) {
  constexpr std::size_t kMostRows = 1000;
  const std::string text = wire.expect_script(kProbe, {});
  std::vector<ProbeRow> rows;
  std::string_view rest = text;
  while (!rest.empty() && rows.size() < kMostRows) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto tab = line.find('\t');
    if (tab == std::string_view::npos) continue;
    std::string_view found = line.substr(tab + 1);
    while (found.ends_with(' ')) found.remove_suffix(1);
    rows.push_back({std::string(line.substr(0, tab)), std::string(found)});
  }
  return rows;
}

}  // namespace sotto
