#!/usr/bin/env bash
# isa_symbols.sh NM OBJECT...: objects that were compiled for an instruction set each.
# Each may show others its table and nothing else: of an inline function that two objects have the linker keeps
# one, and were that the one for the newer processor, the program would end on older ones. Exits with 77, which
# the test runner counts as skipped, where there is no nm.
set -euo pipefail

nm=$1
shift
if [[ -z $(type -P "$nm") ]]; then
  echo "skipped: there is no nm ($nm)"
  exit 77
fi
tables=0 wrong=0
for object in "$@"; do
  [[ $object == */isa/* ]] || continue
  tables=$((tables + 1))
  isa=$(basename -- "$object" | cut -d. -f1)
  # Sanitizers and unoptimized builds add data, which is the same for all.
  others=$("$nm" -C --defined-only --extern-only "$object" | sed 's/^[0-9a-f]* //' |
    grep -v -e " sotto::cpu::$isa::table$" -e ' __odr_asan' -e '^V typeinfo ' -e '^V DW\.ref\.' || true)
  if [[ -n $others ]]; then
    printf '%s shows more than its table:\n%s\n' "$object" "$others"
    wrong=1
  fi
done
[[ $tables -gt 0 ]] || { echo "expected objects of instruction sets, found none"; exit 1; }
exit $wrong
