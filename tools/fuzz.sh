#!/usr/bin/env bash
# All fuzz targets for hours, with a report: see --help.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'END'
usage: tools/fuzz.sh [--fast] HOURS

Builds the fuzz targets (the preset `fuzz`: clang, with the address and undefined-behaviour sanitizers) and runs
each of them for its equal share of HOURS, which may be a fraction (0.5), two at a time. Prints for each what was
executed, how fast, the edges and features of the code that were reached, and how many inputs it took to reach
them; writes the same, with the sums, to build/fuzz/report.md. Fails when one of them crashed.

  --fast   the preset `fuzz-fast` and its folder in the place of `fuzz`: without the address sanitizer, which
           is faster and sees less

What is found is kept in build/fuzz/tests/fuzz/corpus, where the next run begins. Where $SOTTO_LITERT is not set,
LiteRT is looked for where tools/setup/fetch.sh puts it; without it the target `litert` is skipped.
END
}

readonly AT_ONCE=2  # as tests/fuzz/run.sh has it

preset=fuzz
case ${1:-} in
  -h | --help) usage; exit 0 ;;
  --fast) preset=fuzz-fast; shift ;;
esac
readonly FOLDER=$SOTTO_ROOT/build/$preset
[[ $# -eq 1 ]] || { usage >&2; exit 2; }
hours=$1
[[ $hours =~ ^([0-9]+([.][0-9]*)?|[.][0-9]+)$ ]] || die "expected a number of hours, found '$hours'"
if [[ -z ${SOTTO_LITERT:-} && -d $SOTTO_CACHE/litert ]]; then
  export SOTTO_LITERT=$SOTTO_CACHE/litert/ai_edge_litert
fi

# The rows of run.sh as a table with the sums below it.
report() {
  local seconds=$1 took=$2
  awk -v seconds="$seconds" -v took="$took" '
    function grouped(number,  text) {
      text = sprintf("%d", number)
      while (text ~ /[0-9][0-9][0-9][0-9]/) {
        match(text, /^[0-9]+/)
        text = substr(text, 1, RLENGTH - 3) " " substr(text, RLENGTH - 2)
      }
      return text
    }
    BEGIN {
      print "# Fuzzing report\n"
      print "| Target | Executions | per second | Edges | Features | Inputs |"
      print "|---|---:|---:|---:|---:|---:|"
    }
    $1 == "target" { next }
    NF == 6 && $2 ~ /^[0-9]+$/ {
      printf "| %s | %s | %s | %d | %d | %d |\n", $1, grouped($2), grouped($3), $4, $5, $6
      ++targets; executions += $2
      next
    }
    { notes = notes $0 "\n" }
    END {
      printf "\n%d targets, %d s each, %d s in all: %s executions, %.3g.\n", targets, seconds, took, grouped(executions), executions
      if (notes != "") printf "\n```\n%s```\n", notes
    }'
}

targets=()
for source in "$SOTTO_ROOT"/tests/fuzz/fuzz_*.cpp; do targets+=("$(basename "$source" .cpp)"); done
headline "Building ${#targets[@]} fuzz targets"
build "$preset" "${targets[@]}"

seconds=$(awk "BEGIN { print int($hours * 3600 * $AT_ONCE / ${#targets[@]} + 0.5) }")
[[ $seconds -gt 0 ]] || die "expected time for each of the ${#targets[@]} targets, found $hours hours"
headline "Running each for $seconds s"
started=$SECONDS
failed=no
"$SOTTO_ROOT/tests/fuzz/run.sh" "$FOLDER" "$seconds" | tee "$FOLDER/rows.txt" || failed=yes
report "$seconds" $((SECONDS - started)) <"$FOLDER/rows.txt" >"$FOLDER/report.md"
headline "$(grep 'executions, ' "$FOLDER/report.md")"
say "The report lies in $FOLDER/report.md"
[[ $failed == no ]] || die "a target crashed; the inputs lie in $FOLDER/tests/fuzz/crashes"
