#!/bin/sh
# run_check.sh CHECK.py PROGRAM: runs a check with the Python that has openai/whisper.
# Exits with 77, which the test runner counts as skipped, where that or its data is not set up.
set -eu
for variable in SOTTO_ORACLE_PYTHON SOTTO_ORACLE_DIR; do
  eval "value=\${$variable:-}"
  if [ -z "$value" ] || [ ! -e "$value" ]; then
    echo "skipped: $variable is not set, or names nothing"
    exit 77
  fi
done
exec "$SOTTO_ORACLE_PYTHON" "$(dirname -- "$0")/$1" "$2" "$SOTTO_ORACLE_DIR"
