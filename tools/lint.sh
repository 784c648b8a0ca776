#!/usr/bin/env bash
# lint.sh [PATH...]: clang-format, clang-tidy and shellcheck over the project's own files, or over those whose
# path begins with one of the given. clang-tidy reads the compile commands of build/release, or of the folder
# that SOTTO_BUILD names.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
cd -- "$SOTTO_ROOT"

build_folder=${SOTTO_BUILD:-build/release}
jobs=${SOTTO_JOBS:-2}
failed=no

# our_files PATTERN...: files that git knows or would, of the chosen paths, with NUL between them.
our_files() {
  git ls-files -z --cached --others --exclude-standard -- "$@" |
    while IFS= read -r -d '' file; do
      if [[ -f $file ]] && is_chosen "$file"; then printf '%s\0' "$file"; fi
    done
}

is_chosen() {
  local prefix
  [[ ${#chosen[@]} -gt 0 ]] || return 0
  for prefix in "${chosen[@]}"; do [[ $1 != "$prefix"* ]] || return 0; done
  return 1
}

# Only files that the build compiles have compile commands.
compiled_sources() {
  our_files '*.cpp' | while IFS= read -r -d '' file; do
    if grep -qF "/$file\"" "$build_folder/compile_commands.json"; then printf '%s\0' "$file"; fi
  done
}

chosen=("$@")
[[ -f $build_folder/compile_commands.json ]] || die "$build_folder is not configured; run cmake --preset release"

say "clang-format"
our_files '*.cpp' '*.h' | xargs -0 -r clang-format-14 --dry-run --Werror || failed=yes
say "clang-tidy"
compiled_sources | xargs -0 -r -n 1 -P "$jobs" clang-tidy-14 --quiet -p "$build_folder" 2>/dev/null || failed=yes
say "shellcheck"
our_files '*.sh' .ci/run | xargs -0 -r shellcheck || failed=yes

[[ $failed == no ]] || die "the lines above say what to mend"
say "Clean."
