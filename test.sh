#!/usr/bin/env bash
# All the tests of Sotto, with their own set-up: see --help.
source "$(dirname -- "${BASH_SOURCE[0]}")/tools/common.sh"

readonly FUZZ_SECONDS=${SOTTO_FUZZ_SECONDS:-15}

usage() {
  cat <<'END'
usage: ./test.sh [--quick] [LABEL]

Sets up what the tests need (Debian packages, the vocabularies, OpenAI's base model, Silero VAD,
LiteRT, openai/whisper as the reference; downloads go to ${XDG_CACHE_HOME:-~/.cache}/sotto), builds, and runs

  1. the unit tests under the address and undefined-behaviour sanitizers,
  2. every fuzz target for a quarter of a minute, two at a time,
  3. all tests of the release build,
  4. the program for a device, built for 64-bit Arm, and the tests of its libraries and of the kernels
     for Arm, under qemu.

  --quick   only 3
  LABEL     only the tests of 3 whose label matches this regular expression (graph, checkpoint,
            reference, ...; `ctest --test-dir build/release --print-labels` lists them)
END
}

# stage NAME: a headline with the time that has passed, so that who waits sees what takes it.
stage() { headline "$1 ($((SECONDS / 60)) min $((SECONDS % 60)) s in)"; }

quick=no
label=
for argument; do
  case $argument in
    -h | --help) usage; exit 0 ;;
    --quick) quick=yes ;;
    -*) usage >&2; die "unknown option $argument" ;;
    *) label=$argument quick=yes ;;
  esac
done

headline "Set-up"
"$SOTTO_ROOT/tools/setup/packages.sh" build test
"$SOTTO_ROOT/tools/setup/fetch.sh" vocabulary base whisper vad litert
shared=$SOTTO_ROOT/../shared
"$SOTTO_ROOT/tools/setup/oracle.sh" "$shared"

SOTTO_BASE_CHECKPOINT=$(base_checkpoint)
export SOTTO_BASE_CHECKPOINT
export SOTTO_VOCABULARY_DIR=$SOTTO_CACHE/vocabulary
export SOTTO_VAD_MODEL=$SOTTO_CACHE/vad/silero_vad.jit
if [[ -d $SOTTO_CACHE/litert ]]; then export SOTTO_LITERT=$SOTTO_CACHE/litert/ai_edge_litert; fi
export SOTTO_ORACLE_DIR=$SOTTO_CACHE/oracle
export SOTTO_ORACLE_PYTHON=$SOTTO_CACHE/oracle-venv/bin/python
if [[ -d $shared ]]; then
  SOTTO_SHARED=$(cd -- "$shared" && pwd)
  export SOTTO_SHARED
fi
# Two tests share the cores: threads that wait in a loop would take them from those that work.
export OMP_WAIT_POLICY=passive

run_tests() {
  local preset=$1
  shift
  ctest --test-dir "$SOTTO_ROOT/build/$preset" --output-on-failure --no-label-summary --parallel "${SOTTO_JOBS:-2}" "$@"
}

# Why nothing for Arm can be built and run here; empty where it can.
why_no_arm() {
  if [[ $(dpkg --print-architecture) != amd64 || $(. /etc/os-release && say "$ID") != debian ]]; then
    say "it takes Debian on x86-64, whose repositories have the compiler and the libraries"
  elif ! "$SOTTO_ROOT/tools/arm/run.sh" --check 2>/dev/null; then
    say "this system lets nobody have a mount namespace, in which tools/arm/run.sh shows an Arm's /proc/cpuinfo"
  fi
}

run_arm() {
  "$SOTTO_ROOT/tools/setup/packages.sh" arm
  "$SOTTO_ROOT/tools/setup/fetch.sh" litert-aarch64
  # With the simulator, which a device's program is without.
  configure device-aarch64 -DSOTTO_SIMULATOR=ON
  build device-aarch64
  SOTTO_HOST_PROGRAM=$SOTTO_ROOT/build/release/sotto SOTTO_LITERT=$SOTTO_CACHE/litert-aarch64/ai_edge_litert \
    run_tests device-aarch64
  # And the plainest of the kernels on a processor without the dot product.
  QEMU_CPU=cortex-a53 run_tests device-aarch64 --label-regex '^kernels$'
}

stage "Building the release"
build release

if [[ $quick == no ]]; then
  stage "Unit tests under the sanitizers"
  build sanitize
  # The plugin's judgement of the large models and the long ones of the faults cost two thirds of this
  # run; all of them have their turn below.
  run_tests sanitize --exclude-regex '^Sizes/PluginOf|^Faults.*(Export|Was|Compilation|Batch)$'

  stage "Fuzzing each reader for $FUZZ_SECONDS s"
  fuzz_targets=()
  for source in "$SOTTO_ROOT"/tests/fuzz/fuzz_*.cpp; do fuzz_targets+=("$(basename "$source" .cpp)"); done
  build fuzz "${fuzz_targets[@]}"
  "$SOTTO_ROOT/tests/fuzz/run.sh" "$SOTTO_ROOT/build/fuzz" "$FUZZ_SECONDS"
fi

stage "All tests"
run_tests release ${label:+--label-regex "$label"}

if [[ $quick == no ]]; then
  stage "Arm"
  reason=$(why_no_arm)
  if [[ -n $reason ]]; then say "Left out: $reason."; else run_arm; fi
fi

stage "Done"
