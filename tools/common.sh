# shellcheck shell=bash disable=SC2034  # sourced, so its names are used elsewhere
# Sourced by the scripts here, by demo.sh and by test.sh: strict mode, the paths, and how to say things.
set -euo pipefail

SOTTO_ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
SOTTO_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/sotto
readonly SOTTO_ROOT SOTTO_CACHE
# Debian's own Python, so that a version manager in front of it changes nothing.
readonly PYTHON=/usr/bin/python3
export PYTHONDONTWRITEBYTECODE=1

# Compiled files survive a fresh clone when ccache is there; paths are hashed relative to the clone.
if command -v ccache >/dev/null; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
  export CCACHE_BASEDIR=$SOTTO_ROOT CCACHE_NOHASHDIR=1
fi

say() { printf '%s\n' "$*"; }
headline() { printf '\n%s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2
  exit 1
}

# base_checkpoint: the file or folder that fetch.sh put the base model in.
base_checkpoint() {
  if [[ -f $SOTTO_CACHE/base/base.pt ]]; then say "$SOTTO_CACHE/base/base.pt"; else say "$SOTTO_CACHE/base"; fi
}

# sha256_is FILE HEX: whether the file is there and is the one that was meant.
sha256_is() {
  [[ -f $1 ]] && [[ $(sha256sum -- "$1") == "$2 "* ]]
}

# configure PRESET [ARGUMENT...]: says nothing where all is well.
configure() {
  local log
  cd -- "$SOTTO_ROOT"
  log=$(cmake --preset "$@" 2>&1) || {
    printf '%s\n' "$log" >&2
    die "the build could not be configured; the lines above say why"
  }
}

# build PRESET [TARGET...]: configures once, then builds; without targets everything. Two jobs, for a
# source file that includes libtorch takes over a gigabyte.
build() {
  local preset=$1 target arguments=()
  shift
  for target; do arguments+=(--target "$target"); done
  cd -- "$SOTTO_ROOT"
  if [[ ! -f build/$preset/build.ninja ]]; then configure "$preset"; fi
  cmake --build "build/$preset" --parallel "${SOTTO_JOBS:-2}" "${arguments[@]}"
}
