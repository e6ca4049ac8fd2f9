# Shared by the scripts beside it: paths, and how to configure and build. Source it; it changes to the repository's root.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

# Installs what is missing, as root; without root it names the command to run.
ensure_dependencies() {
  scripts/install-dependencies --check && return
  if [ "$(id -u)" = 0 ]; then
    scripts/install-dependencies
  elif command -v sudo >/dev/null; then
    sudo scripts/install-dependencies
  else
    die "packages are missing: run scripts/install-dependencies as root first"
  fi
}

# build PRESET [TARGET...]: configures where needed, then builds, with progress on a terminal.
build() {
  local preset=$1
  shift
  # Caches compiled objects so that they serve every checkout below the same parent directory.
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$(dirname "$root")} CCACHE_NOHASHDIR=1
  [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >"build-$preset.log" 2>&1 || { cat "build-$preset.log"; rm -f "build-$preset.log"; die "cmake --preset $preset failed"; }
  rm -f "build-$preset.log"
  if [ -t 1 ]; then
    cmake --build "build/$preset" ${1:+--target "$@"}
  else
    cmake --build "build/$preset" ${1:+--target "$@"} | grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking|Generating|Creating)' || [ "${PIPESTATUS[0]}" = 0 ]
  fi
}
