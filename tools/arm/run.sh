#!/usr/bin/env bash
# run.sh PROGRAM [ARGUMENT...]: runs a program for 64-bit Arm, on an Arm machine as it is and elsewhere under
# qemu, which plays the processor that $QEMU_CPU names (cortex-a76); run.sh --check: whether this system allows
# what that takes.
#
# qemu translates a processor and shows the machine's own /proc/cpuinfo, of which Arm libraries (LiteRT's among
# them) can make nothing and crash; so the program sees the one beside this script, of a Cortex-A76 as qemu
# plays it, in a mount namespace of its own. Its C library is Debian's for arm64 (tools/setup/packages.sh arm);
# under the one that comes with the cross compiler no thread ever starts.
set -euo pipefail

if [[ $(uname -m) == aarch64 ]]; then exec "$@"; fi

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
namespace=(unshare --mount)
if [[ $(id -u) != 0 ]]; then namespace+=(--map-root-user); fi
if [[ $1 == --check ]]; then exec "${namespace[@]}" mount --bind "$here/cpuinfo.txt" /proc/cpuinfo; fi
# shellcheck disable=SC2016  # for the inner shell
exec "${namespace[@]}" bash -c 'mount --bind "$0" /proc/cpuinfo && exec "$@"' "$here/cpuinfo.txt" \
  qemu-aarch64 -cpu "${QEMU_CPU:-cortex-a76}" "$@"
