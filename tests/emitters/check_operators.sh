#!/bin/sh
# check_operators.sh EXPORT_ONCE CHECKPOINT: exports the checkpoint and has torch read the result.
# Exits with 77, which the test runner counts as skipped, where there is no torch.
set -eu
if [ -z "${SOTTO_ORACLE_PYTHON:-}" ]; then
  echo "skipped: SOTTO_ORACLE_PYTHON does not name a Python with torch"
  exit 77
fi
if [ -z "${SOTTO_VOCABULARY_DIR:-}" ]; then
  echo "skipped: SOTTO_VOCABULARY_DIR names no folder"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" "$2" "$folder/models" checked "$SOTTO_VOCABULARY_DIR/multilingual.tiktoken"
"$SOTTO_ORACLE_PYTHON" "$(dirname -- "$0")/check_operators.py" "$folder/models"
