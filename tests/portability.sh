#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds and tests the current commit from scratch, in chroots of Debian that differ from the machine of CI. Run it by
# hand: it needs root, mmdebstrap and the network; each case takes as long as a build of the program and its tests.
#
#   tests/portability.sh FOLDER [CASE...]      every case unless some are named
#
#   debian12  Debian 12 with git only; runs jobs/quickstart.sh
#   debian13  the same on Debian 13: GCC 14, Open MPI 5, HDF5 1.14, Catch2 3, CMake 3.31
#   mpich     Debian 12 with MPICH and without Open MPI
#   clang     Debian 12, clang 14
#   gcc11     Debian 12, GCC 11
#   plain     Debian 12 without apt-get, ninja and git: an ordinary user builds with CMake and make, with the libraries
#             in a separate folder and spaces in all paths, installs the program and builds another one with it
#
# Each case then runs the unit and MPI tests, and a campaign that is stopped twice and must end with the figures of an
# uninterrupted one. The chroots stay in FOLDER and are used again. Builds by root use the ccache of this machine.
# shellcheck disable=SC2016  # single-quoted code is for the shell in the chroot
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

cases=(debian12 debian13 mpich clang gcc11 plain)
usage() {
  echo "usage: tests/portability.sh FOLDER [${cases[*]}]" >&2
  exit 2
}
[ "$#" -ge 1 ] || usage
for name in "${@:2}"; do
  case " ${cases[*]} " in *" $name "*) ;; *) usage ;; esac
done

# The mounts of this script are visible only to it, and end with it.
if [ "${FLATGRID_OWN_MOUNTS:-}" != yes ]; then
  FLATGRID_OWN_MOUNTS=yes exec unshare --mount tests/portability.sh "$(realpath -m "$1")" "${@:2}"
fi
folder="$1"
[ "$#" -eq 1 ] || cases=("${@:2}")

eval "$(sed -n '/^packages=(/,/^)/p' jobs/install-packages.sh)" # the packages that the build needs
with_mpich=("${packages[@]/libopenmpi-dev/libmpich-dev}")
with_mpich=("${with_mpich[@]/openmpi-bin/mpich}")
with_mpich=("${with_mpich[@]/libhdf5-openmpi-dev/libhdf5-mpich-dev}")

# debian SUITE PACKAGE...: makes the chroot $root, with these packages and the commit in /home/user/$checkout.
debian() {
  local suite="$1"
  shift
  if [ ! -e "$root/complete" ]; then
    rm -rf --one-file-system "$root"
    mkdir -p "$folder"
    local all="ca-certificates git ccache passwd $*"
    mmdebstrap --quiet --variant=apt --aptopt='APT::Install-Recommends "false"' --include="${all// /,}" "$suite" "$root"
    chroot "$root" useradd --create-home user
    touch "$root/complete"
  fi
  cp /etc/resolv.conf "$root/etc/"
  mount --bind /proc "$root/proc"
  mount --bind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  rm -rf "$root/home/user/$checkout"
  git clone --quiet --no-local . "$root/home/user/$checkout"
  chroot "$root" chown -R "$user" "/home/user/$checkout"
  mkdir -p "$root/var/ccache"
  if [ "$user" = root ] && command -v ccache >/dev/null; then
    mount --bind "$(ccache --get-config cache_dir)" "$root/var/ccache"
  else
    chroot "$root" chown "$user" /var/ccache
  fi
}

# within VARIABLES... SCRIPT: runs a bash script in the checkout of the chroot.
within() {
  local script="${*: -1}"
  chroot "$root" runuser -u "$user" -- env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/home/user LC_ALL=C.UTF-8 \
    CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DIR=/var/ccache CCACHE_BASEDIR="/home/user/$checkout" \
    CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros "${@:1:$#-1}" \
    bash -euo pipefail -c "cd '/home/user/$checkout'; source jobs/environment.sh; $script"
}

# Tests exit codes, two stops and a restart of the program $1 with any mpirun. The signal is SIGUSR1, which every
# mpirun passes on; after SIGTERM the mpirun of Open MPI ends with exit code 1.
campaign='
campaign() {
  local results run
  results="$(mktemp -d)"
  run=(mpirun -np 2 "$1" run data/quickstart.cfg)
  ends_with() {
    local code=0
    "${@:2}" >"$results/said" 2>&1 || code=$?
    if [ "$code" -ne "$1" ]; then
      cat "$results"/said*
      echo "exit code $code, not $1: ${*:2}"
      exit 1
    fi
  }
  ends_with 2 "${run[@]}" -o "$results/bad.h5" --set grid.width=-1
  ends_with 0 "${run[@]}" -o "$results/whole.h5"
  ends_with 75 "${run[@]}" -o "$results/stopped.h5" --max-time 5s
  "${run[@]}" -o "$results/stopped.h5" >"$results/said_at_stop" 2>&1 &
  until [ -e "$results/stopped.h5.running" ]; do sleep 0.1; done
  kill -USR1 $!
  ends_with 75 wait $!
  ends_with 0 "${run[@]}" -o "$results/stopped.h5"
  ends_with 0 "$1" verify "$results/stopped.h5"
  for file in whole stopped; do
    "$1" export "$results/$file.h5" --columns population_loss,flatness_trace,flatness_orbit_min >"$results/$file.csv"
  done
  cmp "$results/whole.csv" "$results/stopped.csv"
  rm -r "$results"
  echo "exit codes 2 and 75, two stops and a restart: passed"
}'

tests='ctest --test-dir build/release -L "^(unit|mpi)$" -j "$(env -u OMP_NUM_THREADS nproc)" --output-on-failure --no-tests=error | tail -n 30'

versions() {
  chroot "$root" dpkg-query --show --showformat='${Package} ${Version}, ' g++ g++-11 clang cmake libopenmpi-dev \
    libmpich-dev 'libhdf5-*-dev' catch2 2>/dev/null | sed 's/, $/\n/' || true
}

try_debian() {
  debian "$1" procps
  within 'jobs/quickstart.sh'
  within "cmake --build --preset release; $tests; $campaign; campaign build/release/flatgrid"
}
try_debian12() { try_debian bookworm; }
try_debian13() { try_debian trixie; }

try_preset() {
  within "$@" "cmake --preset release; cmake --build --preset release; $tests; $campaign; campaign build/release/flatgrid"
}
try_mpich() {
  debian bookworm "${with_mpich[@]}"
  if chroot "$root" sh -c 'command -v ompi_info'; then echo "Open MPI is there as well" >&2 && exit 1; fi
  try_preset FLATGRID=mpich
}
try_clang() {
  debian bookworm "${packages[@]}" clang
  try_preset CC=clang CXX=clang++
}
try_gcc11() {
  debian bookworm "${packages[@]}" g++-11
  try_preset CC=gcc-11 CXX=g++-11
}

try_plain() {
  user=user checkout='my flatgrid'
  debian bookworm "${packages[@]}" make
  chroot "$root" sh -ec '
    rm -f /usr/bin/apt-get /usr/bin/ninja /usr/bin/git
    libraries="/opt/my libraries"
    mkdir -p "$libraries/include"
    for each in cereal Random123 Spectra; do
      if [ -e "/usr/include/$each" ]; then mv "/usr/include/$each" "$libraries/include"; fi
    done
    if [ -e /usr/share/javascript/chart.js ]; then
      cp -L /usr/share/javascript/chart.js/chart.min.js "$libraries"
      rm -rf /usr/share/javascript/chart.js /usr/share/nodejs/chart.js
    fi'
  within "
    cmake -S . -B build/release -D CMAKE_PREFIX_PATH='/opt/my libraries' \
      -D FLATGRID_CHART_JS='/opt/my libraries/chart.min.js' -D CMAKE_INSTALL_PREFIX='/home/user/my prefix'
    make -C build/release -j \"\$(env -u OMP_NUM_THREADS nproc)\"
    $tests
    make -C build/release install
    $campaign; campaign '/home/user/my prefix/bin/flatgrid'
    cmake -S tests/end-to-end/consumer -B build/consumer \
      -D CMAKE_PREFIX_PATH='/home/user/my prefix;/opt/my libraries'
    make -C build/consumer
    mpirun -np 2 '/home/user/my prefix/bin/flatgrid' run data/quickstart.cfg -o build/results.h5 --set grid.seed=0
    build/consumer/consumer build/results.h5 | tail -n 1"
}

for name in "${cases[@]}"; do
  echo "== $name"
  root="$folder/$name" user=root checkout=flatgrid
  "try_$name"
  echo "== $name passed: $(versions)"
done
