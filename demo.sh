#!/usr/bin/env bash
# Sotto from nothing to written speech, with its own set-up: see --help.
source "$(dirname -- "${BASH_SOURCE[0]}")/tools/common.sh"

usage() {
  cat <<'END'
usage: ./demo.sh [--offline]

Installs what is missing, builds Sotto, exports OpenAI's base model into models/base, asks what an NPU's
compilers would say to it, proves the export on recordings of people reading aloud, and writes down what
they say. Downloads (160 MB) go to ${XDG_CACHE_HOME:-~/.cache}/sotto. A second run
skips what is done.

  --offline   fetch nothing: a small model and two clips out of this repository serve instead
END
}

offline=no
for argument; do
  case $argument in
    -h | --help) usage; exit 0 ;;
    --offline) offline=yes ;;
    *) usage >&2; die "unknown option $argument" ;;
  esac
done

readonly SOTTO=$SOTTO_ROOT/build/release/sotto
readonly DEMO=$SOTTO_ROOT/assets/demo

# The words of the embedded model stand in for the vocabulary where that could not be fetched.
use_vocabulary() {
  export SOTTO_VOCABULARY_DIR=$SOTTO_CACHE/vocabulary
  vocabulary=$SOTTO_VOCABULARY_DIR/multilingual.tiktoken
  [[ ! -f $vocabulary ]] || return 0
  SOTTO_VOCABULARY_DIR=$SOTTO_ROOT/build/demo-vocabulary
  vocabulary=$SOTTO_VOCABULARY_DIR/multilingual.tiktoken
  mkdir -p "$SOTTO_VOCABULARY_DIR"
  [[ $vocabulary -nt $DEMO/words.tsv ]] || "$PYTHON" "$SOTTO_ROOT/tools/demo_vocabulary.py" "$DEMO/words.tsv" "$vocabulary"
  say "Whisper's vocabulary is not in the cache: the $(tail -n +2 "$DEMO/words.tsv" | wc -l) word pieces that this model knows serve."
}

use_base() {
  model=models/base
  checkpoint=$(base_checkpoint)
  mapfile -t recordings < <(dpkg -L pocketsphinx-testdata | grep '/librivox/.*\.wav$' | sort)
  clips=("${recordings[@]/%/:en}")
}

use_embedded() {
  model=models/demo
  checkpoint=$DEMO/demo.pt
  recordings=("$DEMO/clips/demo_en.wav" "$DEMO/clips/demo_zh.wav")
  clips=("${recordings[0]}:en" "${recordings[1]}:zh")
}

export_model() {
  local weights=$checkpoint file
  [[ ! -d $weights ]] || weights=$weights/model.bin
  for file in "$SOTTO" "$weights" "$vocabulary"; do
    if [[ ! $model/sotto.json -nt $file ]]; then
      "$SOTTO" export "$checkpoint" -o "$model" --name "${model##*/}" --vocabulary "$vocabulary"
      return
    fi
  done
  say "$model is there already."
}

headline "1. Set-up"
if [[ $offline == yes ]]; then
  "$SOTTO_ROOT/tools/setup/packages.sh" --offline build
  say "Offline: the small model of this repository serves. It knows household commands and nothing else."
  use_embedded
else
  "$SOTTO_ROOT/tools/setup/packages.sh" build
  if "$SOTTO_ROOT/tools/setup/packages.sh" demo && "$SOTTO_ROOT/tools/setup/fetch.sh" vocabulary base vad; then
    say "Everything is there."
    use_base
  else
    say "So the small model of this repository serves. It knows household commands and nothing else."
    use_embedded
  fi
fi
use_vocabulary

headline "2. Build"
build release sotto

cd -- "$SOTTO_ROOT"
headline "3. Export: checkpoint -> the files that an NPU's compiler takes"
export_model

headline "4. Check: what the compilers of an NPU would say to its graphs"
"$SOTTO" check "$checkpoint" --target mt8371

headline "5. Verify: the exported files against the checkpoint"
"$SOTTO" verify "$model" --checkpoint "$checkpoint" --output outputs/ "${clips[@]}"

headline "6. Transcribe"
"$SOTTO" transcribe "${recordings[@]}" --model "$model" --output_dir outputs/transcripts

headline "The same with your own checkpoint and recording:"
say "  build/release/sotto export your/base.pt -o models/yours && build/release/sotto verify models/yours --checkpoint your/base.pt recording.wav:en"
say "  build/release/sotto export your/base.pt -o models/npu --format tflite --weights float16"
say "  build/release/sotto transcribe recording.mp3 -m models/yours -o transcripts/"
