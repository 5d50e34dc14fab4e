#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the missing Debian packages that the build needs; prints nothing if none is missing.
#
#   jobs/install-packages.sh [--tests]     --tests: also the packages of the tests
#
# Installs nothing without apt-get or with FLATGRID_PACKAGES=own: then CMake names missing libraries
# (docs/install.md).
set -euo pipefail

packages=(
  g++ cmake ninja-build git
  libopenmpi-dev openmpi-bin        # MPI
  libhdf5-openmpi-dev               # parallel HDF5
  libeigen3-dev libspectra-dev      # linear algebra, eigenvalues of large matrices
  librandom123-dev                  # counter-based random numbers
  libcereal-dev                     # states and results as bytes
  libboost-program-options-dev      # the configuration; brings Boost.CRC
  nlohmann-json3-dev                # status and reports as JSON
  libjs-chart.js gnuplot-nox        # charts of reports: on their page, for papers
  libfmt-dev catch2
)
test_packages=(
  python3 python3-h5py python3-numpy python3-xarray python3-netcdf4 python3-h5netcdf
  python3-pandas netcdf-bin
  clang-format groff-base
  slurm-wlm munge                   # a Slurm of the tests' own
  chromium chromium-driver python3-selenium  # the page of a report in a browser
  libmpich-dev libhdf5-mpich-dev    # the MPI that the build does not use
)

case "${1:-}" in
  '') ;;
  --tests) packages+=("${test_packages[@]}") ;;
  *)
    echo "usage: jobs/install-packages.sh [--tests]" >&2
    exit 2
    ;;
esac

case "${FLATGRID_PACKAGES:-}" in
  '') ;;
  own) exit 0 ;;
  *)
    echo "FLATGRID_PACKAGES=$FLATGRID_PACKAGES: the only value is own (install no packages)" >&2
    exit 2
    ;;
esac
if ! command -v apt-get >/dev/null; then
  echo "no apt-get: no packages are installed; docs/install.md lists what the build needs" >&2
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  state="$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)"
  [ "$state" = installed ] || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "these packages are missing and only root can install them (there is no sudo); ask root for:" \
      "apt-get install ${missing[*]}; if you have the libraries from elsewhere (modules, Spack, ...):" \
      "export FLATGRID_PACKAGES=own" >&2
    exit 2
  fi
  as_root=(sudo)
fi

echo "installing ${missing[*]}"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" </dev/null >"$log" 2>&1 || {
    cat "$log" >&2
    echo "apt-get $1 failed; set FLATGRID_PACKAGES=own to install no packages" >&2
    exit 1
  }
}
apt update
apt install --no-install-recommends "${missing[@]}"
