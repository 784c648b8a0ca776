#!/usr/bin/env bash
# run.sh BUILD_DIR SECONDS [NAME...]: runs every fuzz target of a build, or those named (npy, json),
# for so long, two at a time, from its seeds, the repository's corpus and what earlier runs found, with
# its dictionary. Prints a row for each: what was executed, how fast, libFuzzer's coverage (edges, and
# features: edges with how often they were taken) and the inputs that it takes. Fails when one of them
# crashed; the input that did it lies in BUILD_DIR/tests/fuzz/crashes, and
# `BUILD_DIR/tests/fuzz/fuzz_NAME INPUT` shows it again.
set -euo pipefail

if [[ $# -lt 2 ]]; then
  sed -n '2,7s/^# //p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
folder=$(cd -- "$1" && pwd)/tests/fuzz
seconds=$2
row='%-20s %12s %8s %8s %9s %8s\n'
export here folder seconds row

run_one() {
  local program=$1 name=${1##*/fuzz_} arguments=() corpus
  local log=$folder/logs/$name.txt
  mkdir -p "$folder/corpus/$name" "$folder/crashes" "$folder/logs"
  if [[ -f $here/dictionaries/$name.dict ]]; then arguments+=(-dict="$here/dictionaries/$name.dict"); fi
  for corpus in "$folder/corpus/$name" "$folder/seeds/$name" "$here/corpus/$name"; do
    if [[ -d $corpus ]]; then arguments+=("$corpus"); fi
  done
  if "$program" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$folder/crashes/$name-" "${arguments[@]}" >"$log" 2>&1; then
    if grep -a -m 1 '^skipped: ' "$log" | sed "s/^/$name: /" | grep .; then return; fi
    print_row "$name" "$log"
  else
    echo "$name: crashed; the end of $log:"
    tail -n 40 "$log"
    return 1
  fi
}

# From "#9876 DONE   cov: 123 ft: 456 corp: 78/9Kb …" and the "stat::…: 9" behind it.
print_row() {
  local name=$1 log=$2 last
  last=$(grep -aE '^#[0-9]+.* cov: ' "$log" | tail -n 1)
  reached() { sed -n "s/.* $1: \([0-9]*\).*/\1/p" <<<"$last"; }
  stat() { sed -n "s/^stat::$1: *//p" "$log"; }
  # shellcheck disable=SC2059  # the format is ours
  printf "$row" "$name" "$(stat number_of_executed_units)" "$(stat average_exec_per_sec)" \
    "$(reached cov)" "$(reached ft)" "$(reached corp)"
}
export -f run_one print_row

names=("${@:3}")
programs=()
for program in "$folder"/fuzz_*; do
  if [[ ! -f $program || ! -x $program ]]; then continue; fi
  if [[ ${#names[@]} -eq 0 || " ${names[*]} " == *" ${program##*/fuzz_} "* ]]; then programs+=("$program"); fi
done
if [[ ${#programs[@]} -eq 0 ]]; then
  echo "$folder: expected fuzz targets, found none; build with cmake --preset fuzz" >&2
  exit 1
fi
# shellcheck disable=SC2059
printf "$row" target executions per-s edges features inputs
printf '%s\0' "${programs[@]}" | xargs -0 -P 2 -I PROGRAM bash -c 'set -euo pipefail; run_one PROGRAM'
