#!/usr/bin/env bash
# transcribe.sh DEVICE_PROGRAM...: the words of the command line that run the program built for a device.
# Holds what it writes to what a host's program writes, whose cpu back end computes the same bundle by other
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
on_device() { "${device[@]}" "$@" >/dev/null; }

# both OUTPUT ARGUMENT...: a transcription by each of them, and whether they agree.
both() {
  local output=$1 format
  shift
  for format in txt srt vtt tsv; do
    on_host transcribe "$@" -m "$folder/model" -f "$format" -o "$folder/host/$output"
    on_device transcribe "$@" -m "$folder/model" --backend litert -f "$format" -o "$folder/device/$output"
  done
  diff -r "$folder/host/$output" "$folder/device/$output"
  [[ $(cat "$folder/device/$output"/*.txt | wc -w) -gt 3 ]] || { echo "$output: expected words, found few"; exit 1; }
}

device=("$@")
on_host export "$demo/demo.pt" -o "$folder/model" --format tflite --vocabulary "$SOTTO_VOCABULARY_DIR/multilingual.tiktoken"
both english "$demo/clips/demo_en.wav" --language en
both detected "$demo/clips/demo_en.wav" "$demo/clips/demo_zh.wav"
