#!/usr/bin/env bash
# neuron.sh SIMULATOR DEVICE_PROGRAM...: a library that plays an NPU, built for a device, and the words of the
# command line that run the program built for it.
# Has a bundle that the host's simulator compiled transcribed on both, and holds what the device's program writes
# to what the host's does: all of it is equal, byte for byte, probabilities included. Exits with 77, which the
# test runner counts as skipped, where something is not set up.
set -euo pipefail

for variable in SOTTO_HOST_PROGRAM SOTTO_VOCABULARY_DIR; do
  if [[ ! -e ${!variable:-} ]]; then
    echo "skipped: $variable is not set, or names nothing"
    exit 77
  fi
done
host_simulator=$(dirname -- "$SOTTO_HOST_PROGRAM")/libsotto_simulated_neuron.so
if [[ ! -e $host_simulator ]]; then
  echo "skipped: the host's build has no simulator"
  exit 77
fi

readonly simulator=$1 demo=assets/demo
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

on_host() { "$SOTTO_HOST_PROGRAM" "$@" >/dev/null; }
transcription=("$demo/clips/demo_en.wav" "$demo/clips/demo_zh.wav" -m "$folder/model" --backend neuron)

mkdir -p "$folder/sdk/host/lib"
cp "$host_simulator" "$folder/sdk/host/lib/libneuron_adapter.so"
on_host export "$demo/demo.pt" -o "$folder/model" --name demo --format tflite \
  --vocabulary "$SOTTO_VOCABULARY_DIR/multilingual.tiktoken"
on_host compile "$folder/model" --target mt8189 --toolchain neuron --sdk "$folder/sdk"
on_host transcribe "${transcription[@]}" --neuron "$host_simulator" -o "$folder/host"
"$@" transcribe "${transcription[@]}" --neuron "$simulator" -o "$folder/device"
# But for the record of who wrote them.
diff -r --exclude .sotto "$folder/host" "$folder/device"
for clip in demo_en demo_zh; do
  [[ $(wc -c <"$folder/device/$clip.txt") -gt 30 ]] || { echo "expected words of $clip, found few"; exit 1; }
done
