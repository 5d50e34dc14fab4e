// SPDX-License-Identifier: MIT
/// Results files with made-up figures.
#pragma once

#include <filesystem>
#include <functional>
#include <sstream>
#include <string>

#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/results/hdf5.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/reader.hpp"
#include "flatgrid/results/rows.hpp"
#include "results/example.hpp"

namespace flatgrid::test {

/// A results file whose points are made by a function. The file is removed with the object.
class MadeResults {
 public:
  /// `grid` has the lines of section [grid] without its head, and further sections if any.
  MadeResults(const std::string& grid,
              const std::function<grid::PointResult(const configuration::Axes&,
                                                    const configuration::GridPoint&)>& make,
              int dimension = 2) {
    std::istringstream text("[grid]\n" + grid +
                            "\n[problem]\ndimension = " + std::to_string(dimension) +
                            "\nindices = 1\n[output]\nhistory = 0\nnetworks = false\n");
    const configuration::Configuration configuration =
        configuration::parse_configuration(text, "test");
    results::create_results_file(file_, configuration);
    const results::hdf5::Properties access = results::hdf5::access_properties();
    const results::hdf5::File opened(H5Fopen(file_.c_str(), H5F_ACC_RDWR, access));
    results::Rows rows(opened, file_, configuration);
    for (std::int64_t flat = 0; flat < configuration.grid.points(); ++flat) {
      const configuration::GridPoint point = configuration::grid_point(configuration.grid, flat);
      const grid::PointResult result = make(configuration.grid, point);
      if (result.record.status != grid::Status::pending) rows.write(point, result);
    }
  }

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] results::ResultsReader reader() const { return results::ResultsReader(file_); }

 private:
  example::Folder folder_;
  std::filesystem::path file_ = folder_ / "results.h5";
};

}  // namespace flatgrid::test
