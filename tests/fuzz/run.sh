#!/usr/bin/env bash
# run.sh BUILD_DIR SECONDS: runs every fuzz target of a build for so long, two at a time, from its
# seeds and what earlier runs found. Fails when one of them crashed; the input that did it lies in
# BUILD_DIR/tests/fuzz/crashes, and `BUILD_DIR/tests/fuzz/fuzz_NAME INPUT` shows it again.
set -euo pipefail

if [[ $# -ne 2 ]]; then
  sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
folder=$(cd -- "$1" && pwd)/tests/fuzz
seconds=$2

run_one() {
  local folder=$1 seconds=$2 program=$3
  local name=${program##*/fuzz_}
  local log=$folder/logs/$name.txt
  mkdir -p "$folder/corpus/$name" "$folder/crashes" "$folder/logs"
  if "$program" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$folder/crashes/$name-" \
    "$folder/corpus/$name" "$folder/seeds/$name" >"$log" 2>&1; then
    if grep -m 1 '^skipped: ' "$log" | sed "s/^/$name: /" | grep .; then return; fi
    echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, no crash"
  else
    echo "$name: crashed; the end of $log:"
    tail -n 40 "$log"
    return 1
  fi
}
export -f run_one

programs=()
for program in "$folder"/fuzz_*; do
  if [[ -f $program && -x $program ]]; then programs+=("$program"); fi
done
if [[ ${#programs[@]} -eq 0 ]]; then
  echo "$folder: expected fuzz targets, found none; build with cmake --preset fuzz" >&2
  exit 1
fi
printf '%s\0' "${programs[@]}" |
  xargs -0 -P 2 -I PROGRAM bash -c 'run_one "$@"' run_one "$folder" "$seconds" PROGRAM
