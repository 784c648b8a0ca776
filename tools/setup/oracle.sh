#!/usr/bin/env bash
# oracle.sh [SHARED]: makes the tests' reference in the cache: a Python environment in which openai/whisper
# runs on Debian's torch, and the reference's own answers, which tests/reference/oracle.py computes. Each is
# made anew when what it depends on has changed. SHARED is a folder with clips/ and answers recorded on
# another machine (seed/outputs/), where there is one.
source "$(dirname -- "${BASH_SOURCE[0]}")/../common.sh"

readonly SETUP=$SOTTO_ROOT/tools/setup
readonly VENV=$SOTTO_CACHE/oracle-venv

make_environment() {
  local wanted
  wanted=$(cat "$SETUP/whisper.txt" "$SETUP/oracle.txt" | sha256sum)
  [[ ! -f $VENV/made-from || $(<"$VENV/made-from") != "$wanted" ]] || return 0
  say "Making a Python environment for the tests' reference, openai/whisper"
  "$SETUP/fetch.sh" whisper
  rm -rf "$VENV"
  "$PYTHON" -m venv --system-site-packages "$VENV"
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps \
    --no-build-isolation "$SOTTO_CACHE"/downloads/openai_whisper-*.tar.gz
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps \
    --require-hashes -r "$SETUP/oracle.txt"
  "$VENV/bin/python" -c 'import safetensors, tiktoken, torch, whisper'
  printf '%s\n' "$wanted" >"$VENV/made-from"
}

make_answers() {
  local arguments=("$SOTTO_CACHE/oracle" --base "$(base_checkpoint)") vad
  for vad in "$SOTTO_CACHE"/downloads/silero_vad-*.whl; do arguments+=(--vad "$vad"); done
  [[ ! -d ${1:-} ]] || arguments+=(--shared "$1")
  "$VENV/bin/python" "$SOTTO_ROOT/tests/reference/oracle.py" "${arguments[@]}"
}

mkdir -p "$SOTTO_CACHE"
exec 9>"$SOTTO_CACHE/oracle.lock"
flock 9
make_environment
make_answers "${1:-}"
