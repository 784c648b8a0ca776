#!/usr/bin/env bash
# transcribe.sh DEVICE_PROGRAM...: the words of the command line that run the program built for a device.
# Holds what it writes to what a host's program writes, whose cpu back end computes the same checkpoint by other
# means: the transcripts are equal, byte for byte. Exits with 77, which the test runner counts as skipped,
# where something is not set up.
set -euo pipefail

for variable in SOTTO_HOST_PROGRAM SOTTO_VOCABULARY_DIR SOTTO_LITERT; do
  if [[ ! -e ${!variable:-} ]]; then
    echo "skipped: $variable is not set, or names nothing"
    exit 77
  fi
done

readonly demo=assets/demo
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

on_host() { "$SOTTO_HOST_PROGRAM" "$@" >/dev/null; }

on_host export "$demo/demo.pt" -o "$folder/model" --name demo --format tflite \
  --vocabulary "$SOTTO_VOCABULARY_DIR/multilingual.tiktoken"
on_host transcribe "$demo/clips/demo_en.wav" -m "$demo/demo.pt" -o "$folder/host"
"$@" transcribe "$demo/clips/demo_en.wav" -m "$folder/model" --backend litert -o "$folder/device"
# But for the JSON, whose probabilities have more digits than two ways of computing have in common, and the
# record of who wrote them.
diff -r --exclude '*.json' --exclude .sotto "$folder/host" "$folder/device"
[[ $(wc -w <"$folder/device/demo_en.txt") -gt 3 ]] || { echo "expected words, found few"; exit 1; }
