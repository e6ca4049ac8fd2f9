#!/usr/bin/env bash
# Installs into a directory of its own, moves that, and builds a framework outside the tree against it: by
# find_package and by pkg-config.
#
#   package_test.sh SOURCE BUILD CMAKE COMPILER
set -euo pipefail
source=$1 build=$2 cmake=$3 compiler=$4

directory=$(mktemp -d "${TMPDIR:-/tmp}/mesos-package.XXXXXX")
trap 'rm -rf "$directory"' EXIT
step() { printf -- '-- %s\n' "$*"; }

step install
"$cmake" --install "$build" --prefix "$directory/first" >"$directory/install.log" || {
  tail -n 5 "$directory/install.log"
  exit 1
}
mv "$directory/first" "$directory/prefix"
prefix=$directory/prefix

step "public headers name no library but protobuf"
if grep -rnE '#include *[<"](grpc|absl|boost|glog|gflags|common/)' "$prefix/include"; then exit 1; fi

step "each public header compiles by itself"
lib=$(dirname "$(find "$prefix" -name libmesos.so)")
export PKG_CONFIG_PATH=$lib/pkgconfig
for header in $(cd "$prefix/include" && find mesos -name '*.h' ! -name '*.pb.h'); do
  printf '#include <%s>\n' "$header" |
    "$compiler" -std=c++17 -Wall -Wextra -Wno-unused-parameter -Werror -fsyntax-only $(pkg-config --cflags mesos) -x c++ -
done

step find_package
"$cmake" -S "$source/tests/package/outside" -B "$directory/outside" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_CXX_COMPILER="$compiler" >"$directory/configure.log" || { cat "$directory/configure.log"; exit 1; }
"$cmake" --build "$directory/outside" >"$directory/build.log" || { cat "$directory/build.log"; exit 1; }
"$directory/outside/outside"

step pkg-config
[ "$(pkg-config --modversion mesos)" = "$("$prefix/bin/mesos-execute" --version | cut -d ' ' -f 2)" ]
"$compiler" -std=c++17 "$source/tests/package/outside/outside.cc" -o "$directory/by_pkg_config" \
  $(pkg-config --cflags --libs mesos) -Wl,-rpath,"$lib"
"$directory/by_pkg_config"

step "installed programs start"
for program in "$prefix"/bin/*; do
  [ "${program##*/}" != mesos-launcher ] || continue  # mesos-agent's own tool; it has no help
  "$program" --help >"$directory/help.log" 2>&1 || { echo "$program --help failed:"; cat "$directory/help.log"; exit 1; }
done

step "units of systemd"
if command -v systemd-analyze >/dev/null; then
  mkdir "$directory/units"
  for unit in mesos-master mesos-agent; do
    # systemd finds it by name below /usr and /usr/local; here it is elsewhere.
    sed "s:^ExecStart=:&$prefix/bin/:" "$prefix/lib/systemd/system/$unit.service" >"$directory/units/$unit.service"
    complaints=$(systemd-analyze verify "$directory/units/$unit.service" 2>&1) && [ -z "$complaints" ] ||
      { echo "$unit.service: $complaints"; exit 1; }
  done
else
  echo "not checked: no systemd-analyze"
fi
echo "all steps passed"
