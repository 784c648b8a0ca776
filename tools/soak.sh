#!/usr/bin/env bash
# A recording of many hours through `sotto transcribe`, with an eye on its memory: see --help.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'END'
usage: tools/soak.sh [HOURS] [OPTION...]

Joins the demo's recordings in a random but repeatable order to HOURS (24) of sound, has the release build write
it down with the demo model, and looks at the program's resident memory every few seconds. Prints the curve,
twenty lines of it, keeps all of it in build/soak/memory.tsv, and fails when the last third of the run
needed over 5 % more than the middle third. OPTIONs go to `sotto transcribe`. Needs ffmpeg and the vocabularies.
END
}

readonly SOTTO=$SOTTO_ROOT/build/release/sotto
readonly DEMO=$SOTTO_ROOT/assets/demo
readonly FOLDER=$SOTTO_ROOT/build/soak
readonly EVERY=${SOTTO_SOAK_SECONDS:-5}  # between two looks at the memory

case ${1:-} in
  -h | --help) usage; exit 0 ;;
  -*) hours=24 ;;
  *) hours=${1:-24}; shift $(($# > 0)) ;;
esac
[[ $hours =~ ^[0-9]+([.][0-9]+)?$ ]] || die "expected a number of hours, found '$hours'"
[[ -x $SOTTO ]] || die "$SOTTO: expected the program, found none; build it first (cmake --build --preset release)"

# One part of ten minutes in random order, then that part again and again: what varies is long
# against a window, and the file is made in seconds.
make_sound() {
  local clips=("$DEMO"/clips/*.wav) list=$FOLDER/clips.txt
  RANDOM=7
  for ((i = 0; i < 120; ++i)); do
    printf "file '%s'\n" "${clips[RANDOM % ${#clips[@]}]}"
  done >"$list"
  ffmpeg -v error -y -f concat -safe 0 -i "$list" -ar 16000 -ac 1 -c:a pcm_s16le "$FOLDER/part.wav"
  ffmpeg -v error -y -stream_loop -1 -i "$FOLDER/part.wav" -t "$(awk "BEGIN { print $hours * 3600 }")" \
    -c:a flac -compression_level 0 "$FOLDER/soak.flac"
}

# The resident memory of a process, and what of it no file stands behind, both in MB.
memory_of() { awk '/^VmRSS:/ { all = $2 } /^RssAnon:/ { own = $2 } END { printf "%.1f\t%.1f", all / 1024, own / 1024 }' "/proc/$1/status"; }

watch() {
  local process=$1 begin=$SECONDS
  printf 'seconds\tresident MB\tof its own MB\n'
  while kill -0 "$process" 2>/dev/null; do
    printf '%d\t%s\n' $((SECONDS - begin)) "$(memory_of "$process" 2>/dev/null)"
    sleep "$EVERY"
  done
}

report() {
  awk -F '\t' 'NR > 1 && $2 > 0 { time[++n] = $1; memory[n] = $2; own[n] = $3 }
    END {
      print "seconds  resident MB  of its own MB"
      step = n > 20 ? n / 20 : 1
      for (i = 1; i <= n; i += step) printf "%7d  %11.1f  %13.1f\n", time[int(i)], memory[int(i)], own[int(i)]
      for (i = int(n / 3) + 1; i <= int(2 * n / 3); ++i) if (memory[i] > middle) middle = memory[i]
      for (; i <= n; ++i) if (memory[i] > last) last = memory[i]
      printf "the most in the middle third: %.1f MB, in the last: %.1f MB\n", middle, last
      exit !(n >= 3 && last <= 1.05 * middle)
    }' "$FOLDER/memory.tsv"
}

mkdir -p "$FOLDER/out"
export SOTTO_VOCABULARY_DIR=${SOTTO_VOCABULARY_DIR:-$SOTTO_CACHE/vocabulary}
say "Making $hours hours of sound"
make_sound
say "Writing it down"
started=$SECONDS
# The model knows commands: shown what was said before it repeats that, and has less to do.
"$SOTTO" transcribe "$FOLDER/soak.flac" -m "$DEMO/demo.pt" -o "$FOLDER/out" --quiet \
  --condition_on_previous_text False "$@" &
process=$!
watch "$process" >"$FOLDER/memory.tsv"
wait "$process" || die "sotto ended with exit code $?"
say "$hours hours took $((SECONDS - started)) s; $(wc -l <"$FOLDER/out/soak.txt") segments"
report || die "memory grew: see $FOLDER/memory.tsv"
