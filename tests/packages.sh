#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Tests the packages on a machine without any other part of flatgrid, in chroots of a fresh Debian 12. Run it by hand:
# it needs root and mmdebstrap, and takes as long as two builds of the program.
#
#   tests/packages.sh [deb] [container]     both, unless one is named
#
#   deb        makes the Debian package, installs it, lets an ordinary user run the program, and removes the package;
#              no file may remain
#   container  runs the commands of cmake/packaging/flatgrid.def, of the commit that is checked out
#
# FLATGRID_CHROOT names an archive of a fresh Debian, made by mmdebstrap. If this machine has ccache, the container's
# build uses its cache.
# shellcheck disable=SC2016,SC2054  # single-quoted code is for the shell in the chroot; the commas are ccache's
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

# The mounts of this script are visible only to it, and end with it.
if [ "${FLATGRID_OWN_MOUNTS:-}" != yes ]; then
  FLATGRID_OWN_MOUNTS=yes exec unshare --mount "tests/packages.sh" "$@"
fi

work="$(mktemp -d /var/tmp/flatgrid-packages.XXXXXX)"
mount --bind "$work" "$work"
trap 'umount --recursive --lazy "$work" && rm -rf --one-file-system "$work"' EXIT  # spares what is mounted

archive="${FLATGRID_CHROOT:-}"
fresh_debian() {
  if [ -z "$archive" ]; then
    archive="$work/debian.tar"
    mmdebstrap --quiet --variant=minbase bookworm "$archive"
  fi
  mkdir "$1"
  tar --extract --file "$archive" --directory "$1" --numeric-owner --exclude './dev/*'
  cp /etc/resolv.conf "$1/etc/"
  mount --bind /proc "$1/proc"
  mount --rbind /dev "$1/dev"
  mount --bind --read-only /sys "$1/sys"
}

within() {
  local root="$1"
  shift
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}

check_deb() {
  echo "== deb: build"
  cmake --preset package >/dev/null
  cmake --build --preset package
  rm -f build/package/flatgrid_*.deb
  (cd build/package && cpack -G DEB)

  echo "== deb: install, as root"
  local root="$work/deb"
  fresh_debian "$root"
  cp build/package/flatgrid_*.deb "$root/root/"
  within "$root" sh -ec '
    apt-get -qq update
    useradd --create-home user
    apt-get -qq install man-db >/dev/null
    apt-get -qq install /root/flatgrid_*.deb >/dev/null
    dpkg-query --show --showformat="\${Package} \${Version} \${Installed-Size} kB; \${Depends}\n" flatgrid
    dpkg-query --listfiles flatgrid >/root/files'

  echo "== deb: use, as an ordinary user"
  within "$root" su - user -c '
    set -e
    flatgrid --version
    flatgrid help | head -n 3
    mpirun --oversubscribe -np 2 flatgrid run /usr/share/flatgrid/data/quickstart.cfg -o results.h5 \
      --set grid.seed=0..5 --set grid.algorithm=teacher,gradient-flow,random-features
    flatgrid verify results.h5
    flatgrid report results.h5 -o report
    find report -name "*.pdf" | grep . # figures, by gnuplot
    man flatgrid | head -n 5
    man 5 flatgrid | head -n 5'

  echo "== deb: remove, as root"
  within "$root" sh -ec '
    apt-get -qq remove flatgrid >/dev/null
    while read -r path; do
      case "$path" in *flatgrid*) if [ -e "$path" ]; then echo "left: $path"; exit 1; fi ;; esac
    done </root/files
    left="$(find / -xdev -iname "*flatgrid*" -not -path "/root/*" -not -path "/proc/*" -not -path "/dev/*")"
    if [ -n "$left" ]; then echo "left: $left"; exit 1; fi'
  echo "== deb: passed"
}

# Prints the lines of a section of the definition.
section() {
  awk -v name="%$1" '/^%/ { inside = ($1 == name); next } inside' "$work/checkout/cmake/packaging/flatgrid.def"
}

check_container() {
  echo "== container: %files"
  local root="$work/container"
  fresh_debian "$root"
  git clone --quiet --no-local . "$work/checkout"
  section files | while read -r from to; do
    if [ -n "$from" ]; then cp -r "$work/checkout/$from" "$root$to"; fi
  done
  cache=()
  if command -v ccache >/dev/null; then
    within "$root" sh -ec 'apt-get -qq update && apt-get -qq install --no-install-recommends ccache >/dev/null'
    mkdir "$root/root/ccache"
    mount --bind "$(ccache --get-config cache_dir)" "$root/root/ccache"
    cache=(CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DIR=/root/ccache CCACHE_BASEDIR=/opt CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros)
  fi
  # Apptainer runs %post with `sh -ex`, and %test with the variables of %environment.
  echo "== container: %post"
  section post >"$root/root/post"
  within "$root" env "${cache[@]}" sh -ex /root/post
  echo "== container: %test"
  { section environment && section test; } >"$root/root/test"
  within "$root" sh -ex /root/test
  echo "== container: %runscript"
  section runscript >"$root/root/run"
  within "$root" sh /root/run --version
  echo "== container: passed"
}

checks=("$@")
[ "$#" -gt 0 ] || checks=(deb container)
for check in "${checks[@]}"; do
  case "$check" in
    deb | container) ;;
    *)
      echo "usage: tests/packages.sh [deb] [container]" >&2
      exit 2
      ;;
  esac
done
for check in "${checks[@]}"; do "check_$check"; done
