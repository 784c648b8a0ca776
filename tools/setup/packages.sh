#!/usr/bin/env bash
# packages.sh [--offline] LIST...: installs the Debian packages that packages-LIST.txt names, those that
# are missing, and selects the fast BLAS. Does nothing in a tenth of a second where all is well. A name may
# end in an architecture (zlib1g-dev:arm64), which Debian is then told to know.
source "$(dirname -- "${BASH_SOURCE[0]}")/../common.sh"

offline=no
if [[ ${1:-} == --offline ]]; then offline=yes; shift; fi

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

can_be_root() { [[ $(id -u) == 0 ]] || command -v sudo >/dev/null; }

wanted_packages() {
  local list
  for list; do
    sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$SOTTO_ROOT/tools/setup/packages-$list.txt"
  done | sort -u
}

# As in the lists: without an architecture those for this machine.
missing_packages() {
  local own
  own=$(dpkg --print-architecture)
  comm -23 <(wanted_packages "$@") \
    <(wanted_packages "$@" | xargs dpkg-query -W -f '${Package}:${Architecture} ${db:Status-Status}\n' 2>/dev/null |
      sed -n 's/ installed$//p' | sed -E "s/:(all|$own)$//" | sort -u)
}

# know_architectures PACKAGE...: those that their names end in. Debian's repositories have their packages.
know_architectures() {
  local package
  for package; do
    if [[ $package == *:* ]]; then as_root dpkg --add-architecture "${package##*:}"; fi
  done
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  [[ $offline == no ]] || die "these Debian packages are missing, and --offline fetches nothing: ${missing[*]}"
  can_be_root || die "these Debian packages are missing, and without sudo only root can install them: ${missing[*]}"
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  know_architectures "${missing[@]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

# libtorch computes its matrix products with the system's BLAS: the reference one is 25 times slower than
# OpenBLAS, and OpenBLAS with its own threads fights with libtorch's OpenMP ones.
select_blas() {
  local library link fast
  for library in libblas.so.3 liblapack.so.3; do
    for link in /usr/lib/*/"$library"; do
      [[ -e $link ]] || continue
      fast=$(dirname "$link")/openblas-openmp/$library
      [[ -e $fast && ! $link -ef $fast ]] || continue
      if can_be_root; then
        say "Selecting OpenBLAS (OpenMP) as this machine's $library"
        as_root update-alternatives --quiet --set "$library-$(basename "$(dirname "$link")")" "$fast"
      else
        say "Note: $library is not OpenBLAS (OpenMP), so the torchscript back end will be slow"
      fi
    done
  done
}

[[ $# -gt 0 ]] || die "expected the name of a list: build, demo, test, lint or arm"
command -v dpkg-query >/dev/null ||
  die "set-up knows Debian and its relatives only; install what tools/setup/packages-*.txt lists by hand"
install_packages "$@"
select_blas
