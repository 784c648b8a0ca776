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
on_device() { "${device[@]}" "$@" >/dev/null; }

# both OUTPUT ARGUMENT...: a transcription by each of them, and whether they agree. Probabilities, which stand
# in the JSON, have more digits than two ways of computing have in common.
both() {
  local output=$1
  shift
  on_host transcribe "$@" -m "$demo/demo.pt" -o "$folder/host/$output"
  on_device transcribe "$@" -m "$folder/model" --backend litert -o "$folder/device/$output"
  rm "$folder"/{host,device}/"$output"/*.json
  diff -r "$folder/host/$output" "$folder/device/$output"
  [[ $(cat "$folder/device/$output"/*.txt | wc -w) -gt 3 ]] || { echo "$output: expected words, found few"; exit 1; }
}

device=("$@")
on_host export "$demo/demo.pt" -o "$folder/model" --name demo --format tflite \
  --vocabulary "$SOTTO_VOCABULARY_DIR/multilingual.tiktoken"
both kv "$demo/clips/demo_en.wav" "$demo/clips/demo_zh.wav"
both full "$demo/clips/demo_en.wav" --decoder full --language en
tail -c +45 "$demo/clips/demo_en.wav" >"$folder/samples.raw"  # behind the header
both samples "$folder/samples.raw" --pcm s16le,16000,1
