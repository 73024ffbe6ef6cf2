# What ./runsweep and ./runtests share: which packages pathquant needs, whether the build is up to date, and how to bring it there.
# Sourced with $root set to the project's folder. Nothing here writes to stdout, which belongs to the program.
# shellcheck shell=bash

build_packages=(g++ cmake make ninja-build libeigen3-dev libyaml-cpp-dev nlohmann-json3-dev libfmt-dev libboost-dev libcli11-dev
                libsqlite3-dev zlib1g-dev libssl-dev)
figure_packages=(python3 python3-numpy python3-matplotlib python3-pandas python3-sklearn libopenblas0-openmp)
test_packages=(doctest-dev git)

build=${root:?}/build/release
log=$root/build/setup.log
stamp=$build/runsweep.stamp
binary=$build/runsweep

say() { printf 'pathquant: %s\n' "$*" >&2; }

# Into the log, away from the caller's stdin, and without the lock: a service that a package starts would keep it for ever.
quietly() { "$@" >>"$log" 2>&1 </dev/null 9>&-; }

# Nothing that the binary is made of is newer than the start of its last build. Folders count too, so a file that was deleted or renamed
# is noticed. The stamp names the folder built in (the binary knows it, so a moved tree is built again) and git's log of HEAD, so that
# after a commit the next start refreshes the revision. Every start pays for this: one `find`, and no other process.
up_to_date() {
  local built_in head_log
  { read -r built_in && read -r head_log; } 2>/dev/null <"$stamp" || return 1
  [[ -x $binary && $built_in -ef $root ]] || return 1
  # What find cannot find (its message) is a change as well.
  [[ -z $(find "$root"/{core,experiments,cmake,CMakeLists.txt,CMakePresets.json} ${head_log:+"$head_log"} -newer "$stamp" -print -quit 2>&1) ]]
}

missing_packages() {
  local installed package
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null) || true  # It fails when it does not know one.
  for package; do
    [[ $'\n'$installed$'\n' == *$'\n'"$package installed"$'\n'* ]] || printf '%s\n' "$package"
  done
}

# apt_get ARGUMENT ...: as root, or by sudo where it asks for no password. Waits for another apt (a fresh Ubuntu upgrades itself at first).
apt_get() {
  local as_root=()
  ((EUID == 0)) || as_root=(sudo -n)
  quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
}

# want_packages PURPOSE PACKAGE ...: installs those that are missing. They are asked for once, and again when this file changes: later
# builds cost no query, and what cannot be installed is not tried at every one of them.
want_packages() {
  local purpose=$1 asked=$root/build/packages-$1 missing
  shift
  [[ -z ${PATHQUANT_NO_INSTALL:-} && ! $asked -nt $root/cmake/setup.sh ]] || return 0
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    true
  elif ! command -v apt-get >/dev/null; then
    say "there is no apt-get here; these Debian packages, or their like, are needed for the $purpose: ${missing[*]}"
  else
    say "installing ${#missing[@]} of the packages for the $purpose ..."
    # A list that cannot be refreshed may still do.
    [[ -n ${lists_are_fresh:-} ]] || apt_get update || true
    lists_are_fresh=1
    if ! apt_get install --no-install-recommends "${missing[@]}"; then
      say "cannot install the packages for the $purpose; as root, run
  apt-get update && apt-get install --no-install-recommends ${missing[*]}"
      if [[ $purpose != figures ]]; then
        tail -n 5 "$log" >&2
        return 2
      fi
      say "going on without figures"
    fi
  fi
  : >"$asked"
}

build_failed() {
  say "the build failed; the end of $log:"
  tail -n 30 "$log" >&2
  return 3
}

# The file that git appends to at every commit and checkout, if there is one.
head_log() {
  local file
  file=$(git -c safe.directory="$PWD" rev-parse --path-format=absolute --git-path logs/HEAD 2>/dev/null)
  [[ ! -f $file ]] || printf '%s' "$file"
}

# build_targets TESTS TARGET ...: configures and builds in Release. TESTS is ON, or OFF for a first build without them; a folder that has
# them keeps them, since runsweep's own objects are the same either way.
build_targets() {
  local tests=$1 cores memory arguments=(--preset release)
  shift
  cd -P -- "$root" || return 3
  # CMake refuses a folder that was configured under another path: the tree was moved or copied.
  if [[ -e $build/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$build/CMakeCache.txt"; then
    rm -rf "$build"
  fi
  if [[ -e $build/CMakeCache.txt ]]; then
    [[ $tests == OFF ]] || arguments+=(-DPATHQUANT_TESTS=ON)
    say "building ..."
  else
    arguments+=("-DPATHQUANT_TESTS=$tests")
    if command -v ninja >/dev/null; then arguments+=(-G Ninja); fi
    say "building for the first time (a minute or a few) ..."
  fi
  # Eigen's templates may take the compiler a gibibyte.
  cores=$(nproc)
  memory=$(awk '/^MemTotal/ {print int($2 / 1048576) + 1}' /proc/meminfo)
  # Written before the build: what is edited meanwhile is newer.
  mkdir -p "$build" && printf '%s\n' "$PWD" "$(head_log)" >"$stamp.new" || return 3
  quietly cmake "${arguments[@]}" || build_failed || return
  quietly cmake --build "$build" --parallel $((cores < memory ? cores : memory)) --target "$@" || build_failed || return
  mv "$stamp.new" "$stamp"
}

# set_up TESTS TARGET ...: installs and builds what is missing, in a subshell that holds the lock: starts at the same time take turns.
# Exit code 2: packages could not be installed; 3: the build failed.
set_up() (
  mkdir -p "$root/build" && exec 9>"$root/build/.lock" || return 3
  if ! flock --nonblock 9; then
    say "waiting for another start to finish building ..."
    flock 9
    if [[ $1 == OFF ]] && up_to_date; then return 0; fi
  fi
  : >"$log"
  want_packages build "${build_packages[@]}" || return
  want_packages figures "${figure_packages[@]}" || return
  [[ $1 == OFF ]] || want_packages tests "${test_packages[@]}" || return
  build_targets "$@"
)
