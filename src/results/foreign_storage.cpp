// SPDX-License-Identifier: MIT
#include "flatgrid/results/foreign_storage.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/error.hpp"

namespace flatgrid::results {

namespace fs = std::filesystem;
using hdf5::expect;

namespace {

/// A dataset and what messages call it.
struct Stored {
  hid_t file;
  const fs::path& name;
  const std::string& path;
  hdf5::Dataset dataset;

  Stored(hid_t in, const fs::path& file_name, const std::string& dataset_path)
      : file(in),
        name(file_name),
        path(dataset_path),
        dataset(expect(H5Dopen2(file, path.c_str(), H5P_DEFAULT), name, "open", path)) {}

  [[nodiscard]] std::vector<hsize_t> shape() const {
    return hdf5::shape_of(hdf5::Space(H5Dget_space(dataset)));
  }
  [[noreturn]] void refuse(std::string_view what) const {
    flatgrid::refuse(name, fmt::format("'{}' {}", path, what));
  }
};

hsize_t product(const std::vector<hsize_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), hsize_t{1}, std::multiplies<>());
}

void require_written(const Stored& stored, int depth);

/// The file that HDF5 finds under the name that a virtual dataset of `of` gives its source.
std::optional<fs::path> find_source(const fs::path& source, const fs::path& of) {
  std::vector<fs::path> candidates = {source};
  if (const char* prefix = std::getenv("HDF5_VDS_PREFIX")) candidates.push_back(prefix / source);
  candidates.push_back(of.parent_path() / source);
  candidates.push_back(of.parent_path() / source.filename());
  std::error_code unreachable;
  candidates.push_back(fs::weakly_canonical(of, unreachable).parent_path() / source);
  // A relative name is one of the folder of `of` rather than of the working directory.
  if (source.is_relative()) {
    std::rotate(candidates.begin(), candidates.begin() + 1, candidates.end());
  }
  const auto found = std::ranges::find_if(
      candidates, [&](const fs::path& file) { return fs::is_regular_file(file, unreachable); });
  return found == candidates.end() ? std::nullopt : std::optional(*found);
}

std::string text_of(const std::function<ssize_t(char* text, std::size_t size)>& get) {
  std::string text(static_cast<std::size_t>(std::max<ssize_t>(0, get(nullptr, 0))), '\0');
  get(text.data(), text.size() + 1);
  return text;
}

/// A part of a virtual dataset, of `size` numbers: the source is there, wholly written, and as large as
/// what is taken of it.
void require_source(const Stored& stored, hid_t creation, std::size_t part, hssize_t size,
                    int depth) {
  const fs::path source_file = text_of([&](char* text, std::size_t room) {
    return H5Pget_virtual_filename(creation, part, text, room);
  });
  const std::string source_path = text_of([&](char* text, std::size_t room) {
    return H5Pget_virtual_dsetname(creation, part, text, room);
  });
  hdf5::File opened;
  fs::path source_name = stored.name;
  if (source_file != ".") {
    const auto found = find_source(source_file, stored.name);
    if (!found) {
      stored.refuse(
          fmt::format("is a virtual dataset whose source '{}' is not there", source_file.string()));
    }
    source_name = *found;
    opened = hdf5::open_to_read(source_name, "the source of a virtual dataset");
  }
  const hid_t file = source_file == "." ? stored.file : static_cast<hid_t>(opened);
  if (H5Lexists(file, source_path.c_str(), H5P_DEFAULT) <= 0) {
    stored.refuse(fmt::format("is a virtual dataset whose source '{}' has no dataset '{}'",
                              source_name.string(), source_path));
  }
  const Stored source(file, source_name, source_path);
  try {
    require_written(source, depth + 1);
  } catch (const Error& error) {
    if (depth > 0) throw;
    stored.refuse(fmt::format("is a virtual dataset whose source is not whole: {}", error.what()));
  }

  const hdf5::Space taken(H5Pget_virtual_srcspace(creation, part));
  const std::vector<hsize_t> shape = source.shape();
  std::vector<hsize_t> first(hdf5::shape_of(taken).size());
  std::vector<hsize_t> last = first;
  const bool is_large_enough = H5Sget_select_type(taken) == H5S_SEL_ALL
                                   ? static_cast<hssize_t>(product(shape)) == size
                                   : H5Sget_select_bounds(taken, first.data(), last.data()) >= 0 &&
                                         std::ranges::equal(last, shape, std::less<>());
  if (!is_large_enough) {
    stored.refuse(
        fmt::format("is a virtual dataset whose source '{}' is smaller than what is "
                    "taken of it: '{}' has the shape [{}]",
                    source_name.string(), source_path, fmt::join(shape, ", ")));
  }
}

void require_sources(const Stored& stored, hid_t creation, int depth) {
  constexpr int k_deepest = 8;
  if (depth == k_deepest) stored.refuse("is virtual, and so are its sources, without end");
  std::size_t parts = 0;
  expect(H5Pget_virtual_count(creation, &parts), stored.name, "read the sources of", stored.path);
  std::vector<unsigned char> covered(product(stored.shape()));
  for (std::size_t part = 0; part < parts; ++part) {
    const hdf5::Space place(H5Pget_virtual_vspace(creation, part));
    const hssize_t size = H5Sget_select_npoints(place);
    if (size < 0) {
      stored.refuse("is a virtual dataset without a fixed size: copy it into an ordinary one");
    }
    require_source(stored, creation, part, size, depth);
    if (H5Sget_simple_extent_npoints(place) != static_cast<hssize_t>(covered.size())) {
      stored.refuse("is a virtual dataset whose parts do not fit into it");
    }
    const unsigned char yes = 1;
    expect(H5Dfill(&yes, H5T_NATIVE_UCHAR, covered.data(), H5T_NATIVE_UCHAR, place), stored.name,
           "read the sources of", stored.path);
  }
  const auto missing = std::ranges::count(covered, 0);
  if (missing > 0) {
    stored.refuse(fmt::format("is a virtual dataset that has no source for {} of its {} numbers",
                              missing, covered.size()));
  }
}

void require_chunks(const Stored& stored, hid_t creation) {
  const std::vector<hsize_t> shape = stored.shape();
  std::vector<hsize_t> chunk(shape.size());
  H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
  hsize_t chunks = 1;
  for (std::size_t k = 0; k < shape.size(); ++k) chunks *= (shape[k] + chunk[k] - 1) / chunk[k];
  hsize_t written = 0;
  expect(H5Dget_num_chunks(stored.dataset, hdf5::Space(H5Dget_space(stored.dataset)), &written),
         stored.name, "count the chunks of", stored.path);
  if (written < chunks) {
    stored.refuse(written == 0 ? "has never been written"
                               : fmt::format("is not wholly written: it has {} of its {} chunks",
                                             written, chunks));
  }
}

/// HDF5 reads what was never written as the fill value, 0 as a rule.
void require_written(const Stored& stored, int depth) {
  if (product(stored.shape()) == 0) return;
  const hdf5::Properties creation(H5Dget_create_plist(stored.dataset));
  switch (H5Pget_layout(creation)) {
    case H5D_VIRTUAL:
      return require_sources(stored, creation, depth);
    case H5D_CHUNKED:
      return require_chunks(stored, creation);
    default:
      break;
  }
  if (H5Pget_external_count(creation) > 0) {
    stored.refuse(
        "keeps its numbers in another file, which need not be whole: copy it into an "
        "ordinary dataset");
  }
  H5D_space_status_t status = H5D_SPACE_STATUS_ERROR;
  expect(H5Dget_space_status(stored.dataset, &status), stored.name, "read the storage of",
         stored.path);
  if (status == H5D_SPACE_STATUS_NOT_ALLOCATED) stored.refuse("has never been written");
}

}  // namespace

void require_wholly_written(hid_t file, const fs::path& name, const std::string& path) {
  require_written(Stored(file, name, path), 0);
}

}  // namespace flatgrid::results
