#include "flatgrid/results/reader.hpp"

#include <array>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/results/hdf5.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/rows.hpp"

namespace flatgrid {

namespace fs = std::filesystem;
using hdf5::expect;

namespace {

/// The bytes every HDF5 file begins with.
constexpr std::string_view k_hdf5_signature = "\x89HDF\r\n\x1a\n";

[[noreturn]] void refuse(const fs::path& file, std::string_view what) {
  throw Error(fmt::format("{}: {}", file.string(), what));
}

/// Refuses what is not an HDF5 file before HDF5 sees it: plainer messages than its own.
void require_hdf5(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found) refuse(file, "there is no such file");
  if (fs::is_directory(status)) refuse(file, "is a folder, not a results file");
  if (error) refuse(file, "cannot open: " + error.message());
  if (!fs::is_regular_file(status)) refuse(file, "is not a regular file");

  std::ifstream stream(file, std::ios::binary);
  if (!stream) refuse(file, "cannot open: " + std::generic_category().message(errno));
  std::array<char, k_hdf5_signature.size()> begin{};
  stream.read(begin.data(), begin.size());
  const std::string_view read(begin.data(), static_cast<std::size_t>(stream.gcount()));
  if (read.empty()) refuse(file, "is empty, not a results file");
  if (read != k_hdf5_signature) refuse(file, "is not an HDF5 file");
}

hdf5::File open(const fs::path& file) {
  require_hdf5(file);
  const hdf5::Properties access = hdf5::access_properties();
  hdf5::File opened(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access));
  if (opened < 0) {
    if (hdf5::reason().starts_with("truncated file")) {
      refuse(file, "is truncated: the end of the file is missing");
    }
    hdf5::fail(file, "open", "");
  }
  return opened;
}

/// A text attribute of the root group.
std::string read_text(hid_t file, const fs::path& name, const std::string& attribute_name) {
  const hdf5::Attribute attribute(expect(H5Aopen(file, attribute_name.c_str(), H5P_DEFAULT), name,
                                         "open attribute", attribute_name));
  const hdf5::Type type(H5Aget_type(attribute));
  if (H5Tis_variable_str(type) <= 0) {
    refuse(name, fmt::format("attribute '{}' is damaged: it is not a text", attribute_name));
  }
  char* text = nullptr;
  expect(H5Aread(attribute, hdf5::text_type(), &text), name, "read attribute", attribute_name);
  const std::string value = text == nullptr ? "" : text;
  H5free_memory(text);
  return value;
}

/// Refuses files that flatgrid did not write, or not in this layout.
void require_format(hid_t file, const fs::path& name) {
  constexpr const char* k_attribute = "flatgrid_format";
  if (H5Aexists(file, k_attribute) <= 0) {
    refuse(name, "is an HDF5 file, but not one of flatgrid's results");
  }
  const hdf5::Attribute attribute(
      expect(H5Aopen(file, k_attribute, H5P_DEFAULT), name, "open attribute", k_attribute));
  const hdf5::Space space(H5Aget_space(attribute));
  std::int32_t version = 0;
  if (H5Sget_simple_extent_npoints(space) == 1) {
    expect(H5Aread(attribute, H5T_NATIVE_INT32, &version), name, "read attribute", k_attribute);
  }
  if (version != k_format_version) {
    refuse(name, fmt::format("is of results format {}, and this flatgrid reads format {}", version,
                             k_format_version));
  }
}

Configuration parse(const std::string& text, const fs::path& name) {
  std::istringstream stream(text);
  return parse_configuration(stream, fmt::format("{}: attribute 'config'", name.string()));
}

}  // namespace

struct ResultsReader::File {
  explicit File(const fs::path& path) : name(path), file(open(path)) {
    require_format(file, name);
    configuration_text = read_text(file, name, "config");
    configuration = parse(configuration_text, name);
    rows.emplace(file, name, configuration);
  }

  fs::path name;
  hdf5::File file;
  std::string configuration_text;
  Configuration configuration;
  std::optional<Rows> rows;
};

ResultsReader::ResultsReader(const fs::path& file) : file_(std::make_unique<File>(file)) {}
ResultsReader::~ResultsReader() = default;
ResultsReader::ResultsReader(ResultsReader&&) noexcept = default;
ResultsReader& ResultsReader::operator=(ResultsReader&&) noexcept = default;

const Configuration& ResultsReader::configuration() const { return file_->configuration; }

const std::string& ResultsReader::configuration_text() const { return file_->configuration_text; }

std::string ResultsReader::attribute(std::string_view name) const {
  return read_text(file_->file, file_->name, std::string(name));
}

std::vector<Status> ResultsReader::statuses() const { return file_->rows->statuses(); }

std::vector<double> ResultsReader::variable(std::string_view name) const {
  return file_->rows->variable(name);
}

PointResult ResultsReader::point(const GridPoint& point) const { return file_->rows->read(point); }

std::uint64_t ResultsReader::stored_checksum(const GridPoint& point) const {
  return file_->rows->read_checksum(point);
}

}  // namespace flatgrid
