// SPDX-License-Identifier: MIT
// Damage of a file is detected before HDF5 reads the file.
#include "flatgrid/results/seal.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>

#include <catch2/catch.hpp>

#include "example.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/reader.hpp"
#include "flatgrid/results/writer.hpp"
#include "scratch.hpp"

using namespace flatgrid;
using namespace flatgrid::results;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

bool is_sealed(const fs::path& file) {
  try {
    require_sealed(file);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// For each byte of the file, whether it belongs to numbers or characters of a dataset.
std::vector<bool> raw_bytes(const fs::path& file, std::size_t size) {
  std::vector<bool> raw(size, false);
  const hdf5::File opened = hdf5::open_to_read(file, "a file");
  for (const std::string& path : hdf5::dataset_paths(opened, file)) {
    // The coordinates of this axis are texts, in the root and in the groups.
    if (path.ends_with("algorithm")) continue;
    const hdf5::Dataset dataset(H5Dopen2(opened, path.c_str(), H5P_DEFAULT));
    const auto begin = static_cast<std::ptrdiff_t>(H5Dget_offset(dataset));
    const auto length = static_cast<std::ptrdiff_t>(H5Dget_storage_size(dataset));
    std::fill_n(raw.begin() + begin, length, true);
  }
  std::fill(raw.begin() + 20, raw.begin() + 24, true);  // HDF5's mark of a file open for writing
  return raw;
}

}  // namespace

TEST_CASE("the seal protects the file except the bytes of the rows", "[results]") {
  const example::Folder folder;
  const grid::Part part = GENERATE(grid::Part{}, grid::Part{.index = 2, .count = 3});
  const fs::path file = folder / "a.h5";
  create_results_file(file, example::configuration(), part);
  REQUIRE(is_sealed(file));
  const std::string whole = test::contents(file);
  const std::vector<bool> raw = raw_bytes(file, whole.size());
  // The loop visits all bytes of superblock and seal. In between its step is a prime, to visit all kinds of places.
  std::size_t wrong = 0;
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  for (std::size_t k = 0; k < whole.size(); k += k < 96 || k + 600 > whole.size() ? 1 : 61) {
    const auto put = [&](char byte) {
      stream.seekp(static_cast<std::streamoff>(k)).put(byte).flush();
    };
    put(static_cast<char>(whole[k] ^ (1 << k % 8)));
    if (is_sealed(file) != raw[k]) ++wrong;
    put(whole[k]);
  }
  CHECK(wrong == 0);
  CHECK(is_sealed(file));
}

TEST_CASE("the seal stays valid during and after writing", "[results]") {
  const example::Folder folder;
  const configuration::Configuration configuration = example::configuration();
  const fs::path file = folder / "a.h5";
  create_results_file(file, configuration);
  {
    ResultsWriter writer(file, configuration);
    for (std::int64_t flat = 0; flat < configuration.grid.points(); ++flat) {
      const configuration::GridPoint point = configuration::grid_point(configuration.grid, flat);
      writer.write(point, example::result(configuration, point));
      if (flat == 10) CHECK_NOTHROW(ResultsReader(file));
    }
  }
  CHECK_NOTHROW(require_sealed(file));
}

TEST_CASE("a damaged or truncated file is refused with one line", "[results]") {
  const example::Folder folder;
  const fs::path file = folder / "a.h5";
  create_results_file(file, example::configuration());
  const std::string whole = test::contents(file);
  const auto message = [&](const std::function<void(std::string&)>& damage) -> std::string {
    std::string bytes = whole;
    damage(bytes);
    example::write_contents(file, bytes);
    try {
      const ResultsReader reader(file);
      return {};
    } catch (const Error& error) {
      CHECK_THAT(error.what(), Catch::StartsWith(file.string() + ": ") && !Contains("\n"));
      return error.what();
    }
  };
  CHECK(message([](std::string&) {}).empty());
  CHECK_THAT(
      message([](std::string& bytes) { bytes.pop_back(); }),
      Contains(fmt::format("is truncated: it has {} of {} bytes", whole.size() - 1, whole.size())));
  CHECK_THAT(message([](std::string& bytes) { bytes += "more"; }), Contains("bytes instead of"));
  CHECK_THAT(message([](std::string& bytes) { bytes[30] ^= 1; }),
             Contains("is damaged: its metadata") && Contains("bytes 24 to "));
  CHECK_THAT(message([](std::string& bytes) { bytes[bytes.size() - 50] ^= 1; }),
             Contains("has no valid seal"));
  CHECK_THAT(message([](std::string& bytes) { bytes.resize(40); }), Contains("is truncated"));
}

TEST_CASE("an HDF5 file of another program is refused as such", "[results]") {
  const example::Folder folder;
  const fs::path file = folder / "other.h5";
  hdf5::File(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)).reset();
  CHECK_THROWS_WITH(require_sealed(file), Contains("but no results file of flatgrid"));
}
