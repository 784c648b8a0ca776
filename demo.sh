#!/usr/bin/env bash
# Sotto from nothing to written speech, with its own set-up: see --help.
source "$(dirname -- "${BASH_SOURCE[0]}")/tools/common.sh"

usage() {
  cat <<'END'
usage: ./demo.sh [--offline]

Installs what is missing, builds Sotto, exports OpenAI's base model into models/base, proves the export on
recordings of people reading aloud, and writes down what they say. Downloads (150 MB) go to
${XDG_CACHE_HOME:-~/.cache}/sotto. A second run skips what is done.

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
  [[ ! -f $SOTTO_VOCABULARY_DIR/multilingual.tiktoken ]] || return 0
  SOTTO_VOCABULARY_DIR=$SOTTO_ROOT/build/demo-vocabulary
  mkdir -p "$SOTTO_VOCABULARY_DIR"
  "$PYTHON" "$SOTTO_ROOT/tools/demo_vocabulary.py" "$DEMO/words.tsv" "$SOTTO_VOCABULARY_DIR/multilingual.tiktoken"
  say "Whisper's vocabulary is not there either: the demo model's own $(tail -n +2 "$DEMO/words.tsv" | wc -l) word pieces serve."
}

use_base() {
  name=base
  checkpoint=$(base_checkpoint)
  mapfile -t recordings < <(dpkg -L pocketsphinx-testdata | grep '/librivox/.*\.wav$' | sort)
  clips=("${recordings[@]/%/:en}")
}

use_embedded() {
  name=demo
  checkpoint=$DEMO/demo.pt
  recordings=("$DEMO/clips/demo_en.wav" "$DEMO/clips/demo_zh.wav")
  clips=("${recordings[0]}:en" "${recordings[1]}:zh")
}

export_model() {
  model=models/$name
  local weights=$checkpoint file
  [[ ! -d $weights ]] || weights=$weights/model.bin
  for file in "$SOTTO" "$weights" "$SOTTO_VOCABULARY_DIR/multilingual.tiktoken"; do
    if [[ ! $model/sotto.json -nt $file ]]; then
      "$SOTTO" export "$checkpoint" -o "$model"
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
  if "$SOTTO_ROOT/tools/setup/packages.sh" demo && "$SOTTO_ROOT/tools/setup/fetch.sh" vocabulary base; then
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

headline "4. Verify: the exported files against the checkpoint"
"$SOTTO" verify "$model" --checkpoint "$checkpoint" --output outputs/ "${clips[@]}"

headline "5. Transcribe"
"$SOTTO" transcribe "${recordings[@]}" --model "$model"

headline "The same with your own checkpoint and recording:"
say "  build/release/sotto export your/base.pt -o models/yours && build/release/sotto verify models/yours --checkpoint your/base.pt recording.wav:en"
say "  build/release/sotto transcribe recording.mp3 -m models/yours"
