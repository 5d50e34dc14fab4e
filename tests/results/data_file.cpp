// SPDX-License-Identifier: MIT
#include "flatgrid/results/data_file.hpp"

#include <cmath>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "example.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/pipeline.hpp"
#include "flatgrid/network/kernels.hpp"
#include "flatgrid/results/hdf5.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/reader.hpp"

using namespace flatgrid;
using namespace flatgrid::results;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

/// An HDF5 file of datasets of doubles, written with the plain library.
struct Datasets {
  struct Entry {
    std::string name;
    std::vector<hsize_t> shape;
    std::vector<double> values;
  };
  std::vector<Entry> entries;

  void write(const std::filesystem::path& file) const {
    const hdf5::File out(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    for (const auto& [name, shape, values] : entries) {
      const hdf5::Space space(
          H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
      const hdf5::Dataset dataset(H5Dcreate2(out, name.c_str(), H5T_NATIVE_DOUBLE, space,
                                             H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
      REQUIRE(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >=
              0);
    }
  }
  Entry& operator[](const std::string& name) {
    for (Entry& entry : entries) {
      if (entry.name == name) return entry;
    }
    return entries.emplace_back(Entry{name, {}, {}});
  }
  void remove(const std::string& name) {
    std::erase_if(entries, [&](const Entry& entry) { return entry.name == name; });
  }
};

constexpr hsize_t k_rows = 30;

/// Thirty samples in three dimensions: inputs(i, k) = sin(3 i + k), labels(i) = i - 10.
Datasets thirty_samples() {
  Datasets data;
  data["inputs"].shape = {k_rows, 3};
  data["labels"].shape = {k_rows};
  for (std::size_t i = 0; i < k_rows; ++i) {
    for (std::size_t k = 0; k < 3; ++k) {
      data["inputs"].values.push_back(std::sin(static_cast<double>(3 * i + k)));
    }
    data["labels"].values.push_back(static_cast<double>(i) - 10);
  }
  return data;
}

configuration::Configuration configured(const std::filesystem::path& file,
                                        const std::string& more = "") {
  std::istringstream text(
      "[grid]\nalgorithm = random-features\nsamples = 10, 20\nnoise = 0.5\nwidth = 40\nseed = 1, "
      "2\n"
      "[problem]\ninputs = file\ndimension = 3\nindices = 2\ndata-file = " +
      file.string() + "\n" + more);
  return configuration::parse_configuration(text, "test");
}

}  // namespace

TEST_CASE("the rows of a data file are split into training rows and rows held out") {
  const example::Folder folder;
  const auto file = folder / "data.h5";
  Datasets stored = thirty_samples();
  stored.write(file);
  const grid::Study grid = read_study(configured(file));
  const problem::ExternalData& data = *grid.problem.external();
  CHECK(data.inputs.rows() == 3);
  CHECK(data.inputs.cols() == 30);
  CHECK(data.most_samples == 20);
  CHECK(data.inputs(2, 7) == std::sin(23.0));
  CHECK(data.labels(7) == -3);
  const problem::TestSet held_out = grid.problem.test_set(data.model, 1);
  CHECK(held_out.inputs.cols() == 10);
  CHECK(held_out.inputs(1, 4) == std::sin(3 * 24.0 + 1));
  CHECK(held_out.labels(4) == 14);
  CHECK(data.model.directions.rows() == 2);
  CHECK(data.model.directions.array().isNaN().all());
  CHECK(data.model.coefficients.array().isNaN().all());

  // The file may have known index directions, and integers as numbers.
  stored["index_directions"] = {"index_directions", {2, 3}, {0, 1, 0, 0.6, 0, -0.8}};
  stored["coefficients"] = {"coefficients", {2}, {5, -7}};
  stored.write(file);
  const grid::Study known = read_study(configured(file));
  CHECK(known.problem.external()->model.directions ==
        (MatrixD(2, 3) << 0, 1, 0, 0.6, 0, -0.8).finished());
  CHECK(known.problem.external()->model.coefficients == (VectorD(2) << 5, -7).finished());
}

TEST_CASE("a configuration without a data file reads none") {
  std::istringstream text(
      "[grid]\nalgorithm = lazy\nsamples = 10\nnoise = 0\nwidth = 4\nseed = 1\n");
  const grid::Study grid = read_study(configuration::parse_configuration(text, "test"));
  CHECK(grid.problem.external() == nullptr);
}

TEST_CASE("a data file that does not fit is refused with file, dataset and key") {
  const example::Folder folder;
  const auto file = folder / "data.h5";
  struct Row {
    std::function<void(Datasets&)> spoil;
    std::string message;
  };
  const std::vector<Row> rows = {
      {[](Datasets& d) { d.remove("inputs"); }, "has no dataset 'inputs'"},
      {[](Datasets& d) { d.remove("labels"); }, "has no dataset 'labels'"},
      {[](Datasets& d) {
         d["labels"].shape = {k_rows, 1};
       },
       "'labels' must have the shape [samples], not [30, 1]"},
      {[](Datasets& d) { d["inputs"].shape = {3 * k_rows}; },
       "'inputs' must have the shape [samples, dimension], not [90]"},
      {[](Datasets& d) {
         d["inputs"].shape = {45, 2};
       },
       "'inputs' has 2 columns, but problem.dimension is 3"},
      {[](Datasets& d) { d["labels"].shape = {29}; }, "'inputs' has 30 rows, but 'labels' has 29"},
      {[](Datasets& d) {
         d["inputs"].shape = {19, 3};
         d["labels"].shape = {19};
       },
       "has 19 samples, fewer than the 20 of grid.samples"},
      {[](Datasets& d) { d["inputs"].values[3 * 21 + 1] = NAN; },
       "'inputs' has a number that is not finite in row 21"},
      {[](Datasets& d) { d["labels"].values[4] = INFINITY; },
       "'labels' has a number that is not finite in row 4"},
      {[](Datasets& d) {
         d["coefficients"] = {"coefficients", {2}, {1, 1}};
       },
       "has no dataset 'index_directions'"},
      {[](Datasets& d) {
         d["index_directions"] = {"index_directions", {2, 3}, {1, 0, 0, 0, 1, 0}};
       },
       "has no dataset 'coefficients'"},
      {[](Datasets& d) {
         d["index_directions"] = {"index_directions", {1, 3}, {1, 0, 0}};
         d["coefficients"] = {"coefficients", {1}, {1}};
       },
       "'index_directions' has 1 rows, but problem.indices is 2"},
      {[](Datasets& d) {
         d["index_directions"] = {"index_directions", {2, 3}, {1, 0, 0, 0, 2, 0}};
         d["coefficients"] = {"coefficients", {2}, {1, 1}};
       },
       "'index_directions' must hold unit vectors, but the norm of row 1 is 2"},
  };
  for (const auto& [spoil, message] : rows) {
    CAPTURE(message);
    Datasets data = thirty_samples();
    spoil(data);
    data.write(file);
    CHECK_THROWS_WITH(read_study(configured(file)), file.string() + ": " + message);
  }

  const auto refusal = [](const std::filesystem::path& path) {
    try {
      read_study(configured(path));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(refusal(folder / "none.h5"), EndsWith("none.h5: there is no such file"));
  CHECK_THAT(refusal(folder / "."), EndsWith("is a folder, not a data file"));
  std::ofstream(file, std::ios::trunc) << "1, 2, 3\n";
  CHECK_THAT(refusal(file), EndsWith("is not an HDF5 file"));
  std::ofstream(file, std::ios::trunc);
  CHECK_THAT(refusal(file), EndsWith("is empty, not a data file"));
  {
    const hdf5::File out(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    const hdf5::Group group(H5Gcreate2(out, "inputs", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }
  CHECK_THAT(refusal(file), StartsWith(file.string() + ": cannot open 'inputs': "));
  {
    const hdf5::File out(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    const hdf5::Space space(H5Screate(H5S_SCALAR));
    const hdf5::Dataset dataset(
        H5Dcreate2(out, "inputs", hdf5::text_type(), space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }
  CHECK_THAT(refusal(file), EndsWith("'inputs' must hold numbers"));
}

TEST_CASE("the checksum is over all numbers, and is stored in the results file") {
  const example::Folder folder;
  const auto file = folder / "data.h5";
  const auto checksum_of = [&](const Datasets& data) {
    data.write(file);
    const grid::Study grid = read_study(configured(file));
    return data_file_checksum(*grid.problem.external());
  };
  const std::string original = checksum_of(thirty_samples());
  CHECK(original.size() == 16);
  CHECK(checksum_of(thirty_samples()) == original);
  Datasets changed = thirty_samples();
  changed["labels"].values[29] += 1e-13;  // a held-out label
  CHECK(checksum_of(changed) != original);
  changed = thirty_samples();
  changed["inputs"].values[5] += 1e-15;
  CHECK(checksum_of(changed) != original);

  thirty_samples().write(file);
  const grid::Study grid = read_study(configured(file));
  create_results_file(folder / "results.h5", grid);
  CHECK(ResultsReader(folder / "results.h5").attribute("data_file_crc64") == original);
}

TEST_CASE("a point on external data is measured on the rows held out") {
  const example::Folder folder;
  const auto file = folder / "data.h5";
  thirty_samples().write(file);
  const grid::Study grid = read_study(configured(file));
  const problem::TestSet held_out = grid.problem.test_set(grid.problem.external()->model, 1);
  const grid::PointResult result =
      grid::compute_point(grid, {.samples = 1}, [](const grid::PointUnderWay&) {
        return true;
      }).value();
  CHECK(result.message == "");
  // The network interpolates the noisy labels of the first 20 rows.
  CHECK(result.record.status == grid::Status::done);
  network::Workspace<double> workspace(40);
  VectorD outputs;
  network::predict(*grid.activation, result.network, held_out.inputs, workspace, outputs);
  // The population loss is the network's mean squared error on the other 10 rows.
  const VectorD squares = (outputs - held_out.labels).cwiseAbs2();
  CHECK(result.record.population_loss == Approx(squares.mean()).epsilon(1e-12));
  const double variance = (squares.array() - squares.mean()).square().sum() / 9;
  CHECK(result.record.population_loss_stderr == Approx(std::sqrt(variance / 10)).epsilon(1e-12));

  // Without held-out rows there is no population loss.
  Datasets short_data = thirty_samples();
  short_data["inputs"].shape = {20, 3};
  short_data["labels"].shape = {20};
  short_data.write(file);
  const grid::Study short_grid = read_study(configured(file));
  const grid::PointResult blind =
      grid::compute_point(short_grid, {.samples = 1}, [](const grid::PointUnderWay&) {
        return true;
      }).value();
  CHECK(blind.record.status == grid::Status::done);
  CHECK(std::isnan(blind.record.population_loss));
  CHECK(std::isnan(blind.record.population_loss_stderr));
}
