// SPDX-License-Identifier: MIT
#include "flatgrid/results/data_file.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/base/checksum.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/problem/magnitude.hpp"
#include "flatgrid/results/foreign.hpp"
#include "flatgrid/results/foreign_numbers.hpp"
#include "flatgrid/results/hdf5.hpp"

namespace flatgrid::results {

namespace fs = std::filesystem;

namespace {

void require_size(const fs::path& name, const char* path, std::string_view what, Index size,
                  std::string_view key, Index expected) {
  if (size == expected) return;
  refuse(name, fmt::format("'{}' has {} {}, but {} is {}", path, size, what, key, expected));
}

void require_magnitude(const fs::path& name, const char* path, const MatrixD& numbers) {
  const std::string fault = problem::magnitude_fault(numbers);
  if (!fault.empty()) refuse(name, fmt::format("'{}' has {}", path, fault));
}

problem::IndexModel read_model(hid_t file, const fs::path& name,
                               const problem::ProblemSettings& problem) {
  constexpr const char* k_directions = "index_directions";
  constexpr const char* k_coefficients = "coefficients";
  const bool has_directions = H5Lexists(file, k_directions, H5P_DEFAULT) > 0;
  const bool has_coefficients = H5Lexists(file, k_coefficients, H5P_DEFAULT) > 0;
  if (!has_directions && !has_coefficients) {
    constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();
    return {MatrixD::Constant(problem.indices, problem.dimension, k_nan),
            VectorD::Constant(problem.indices, k_nan)};
  }
  if (problem.standardize) {
    refuse(name, fmt::format("'{}' are directions of the inputs as they are, which "
                             "problem.standardize = yes changes",
                             has_directions ? k_directions : k_coefficients));
  }
  const MatrixD directions =
      read_foreign_numbers(file, name, k_directions, {"indices", "dimension"});
  const MatrixD coefficients = read_foreign_numbers(file, name, k_coefficients, {"indices"});
  require_size(name, k_directions, "rows", directions.cols(), "problem.indices", problem.indices);
  require_size(name, k_directions, "columns", directions.rows(), "problem.dimension",
               problem.dimension);
  require_size(name, k_coefficients, "rows", coefficients.cols(), "problem.indices",
               problem.indices);
  constexpr double k_rounding = 1e-6;  // of unit vectors stored in single precision
  for (Index s = 0; s < directions.cols(); ++s) {
    if (std::abs(directions.col(s).norm() - 1) > k_rounding) {
      refuse(name, fmt::format("'{}' must hold unit vectors, but the norm of row {} is {}",
                               k_directions, s, directions.col(s).norm()));
    }
  }
  return {directions.transpose(), coefficients.transpose()};
}

std::uint64_t checksum(std::initializer_list<std::reference_wrapper<const MatrixD>> matrices) {
  Crc64 crc;
  for (const MatrixD& matrix : matrices) {
    crc.add(matrix.data(), static_cast<std::size_t>(matrix.size()) * sizeof(double));
  }
  return crc.value();
}

problem::ExternalData read_data_file(const fs::path& name, const problem::ProblemSettings& problem,
                                     Index most_samples) {
  const ForeignFileGuard guard(name);
  const hdf5::File file = hdf5::open_to_read(name, "a data file");
  MatrixD inputs = read_foreign_numbers(file, name, "inputs", {"samples", "dimension"});
  const MatrixD labels = read_foreign_numbers(file, name, "labels", {"samples"});
  require_size(name, "inputs", "columns", inputs.rows(), "problem.dimension", problem.dimension);
  require_magnitude(name, "inputs", inputs);
  require_magnitude(name, "labels", labels);
  if (labels.cols() != inputs.cols()) {
    refuse(name, fmt::format("'inputs' has {}, but 'labels' has {}", counted(inputs.cols(), "row"),
                             labels.cols()));
  }
  if (inputs.cols() < most_samples) {
    refuse(name, fmt::format("has {}, fewer than the {} of grid.samples",
                             counted(inputs.cols(), "sample"), most_samples));
  }
  // Else every seed has the same samples, or a test set whose loss has no standard error.
  constexpr Index k_fewest_test_rows = 2;
  if (problem.data_split->draws && inputs.cols() < most_samples + k_fewest_test_rows) {
    refuse(name, fmt::format("has {} samples: problem.data-split = resample draws the {} of "
                             "grid.samples and needs at least {} more for the test set",
                             inputs.cols(), most_samples, k_fewest_test_rows));
  }
  problem::IndexModel model = read_model(file, name, problem);
  const std::uint64_t sum = checksum({inputs, labels});
  return {.inputs = std::move(inputs),
          .labels = labels.transpose(),
          .most_samples = most_samples,
          .model = std::move(model),
          .checksum = sum};
}

/// Mean and standard deviation of a component that is not constant.
struct Spread {
  Index column;
  double mean;
  double deviation;
};

std::vector<Spread> spreads_of(const MatrixD& inputs) {
  std::vector<Spread> spreads;
  for (Index k = 0; k < inputs.rows(); ++k) {
    const auto component = inputs.row(k).array();
    if (component.minCoeff() == component.maxCoeff()) continue;
    const double mean = component.mean();
    spreads.push_back({k, mean, std::sqrt((component - mean).square().mean())});
  }
  return spreads;
}

/// Rows at the end of [size, items] that hold nothing but zeros.
Index zeros_at_end(const MatrixD& values) {
  Index item = values.cols();
  while (item > 0 && (values.col(item - 1).array() == 0).all()) --item;
  return values.cols() - item;
}

}  // namespace

grid::Study read_study(configuration::Configuration configuration) {
  const problem::ProblemSettings& problem = configuration.problem;
  std::shared_ptr<const problem::ExternalData> external;
  if (problem.inputs->is_file()) {
    external = std::make_shared<const problem::ExternalData>(
        read_data_file(problem.data_file, problem, std::ranges::max(configuration.grid.samples)));
  }
  return grid::Study(std::move(configuration), std::move(external));
}

std::vector<std::string> doubts_about_data(const problem::Problem& problem) {
  if (problem.external() == nullptr) return {};
  std::vector<std::string> doubts;
  const auto add = [&](const std::string& doubt) {
    doubts.push_back(fmt::format("{}: {}", problem.settings().data_file, doubt));
  };
  const problem::ExternalData& data = *problem.external();
  constexpr Index k_many_zeros = 10;  // labels that are 0 or 1 may well end with fewer
  for (const auto& [path, zeros] : {std::pair("inputs", zeros_at_end(data.inputs)),
                                    std::pair("labels", zeros_at_end(data.labels.transpose()))}) {
    if (zeros >= k_many_zeros) {
      add(fmt::format("the last {} of the {} rows of '{}' are zero: were they written?", zeros,
                      data.labels.size(), path));
    }
  }
  const std::vector<Spread> spreads = spreads_of(data.inputs);
  if (spreads.empty() || problem.settings().standardize) return doubts;
  constexpr std::string_view k_remedy = "problem.standardize = yes centres and scales every column";
  constexpr double k_far = 3;       // standard deviations from 0 to the mean
  constexpr double k_unlike = 100;  // between the standard deviations of two columns
  const Spread& farthest = *std::ranges::max_element(
      spreads, {}, [](const Spread& spread) { return std::abs(spread.mean) / spread.deviation; });
  if (std::abs(farthest.mean) > k_far * farthest.deviation) {
    add(fmt::format(
        "'inputs' are far from centred: column {} has mean {:.3g} and standard deviation "
        "{:.3g}; {}",
        farthest.column, farthest.mean, farthest.deviation, k_remedy));
  }
  const auto [least, most] = std::ranges::minmax_element(spreads, {}, &Spread::deviation);
  if (most->deviation > k_unlike * least->deviation) {
    add(
        fmt::format("the columns of 'inputs' are in very unlike units: column {} has standard "
                    "deviation {:.3g}, column {} has {:.3g}; {}",
                    least->column, least->deviation, most->column, most->deviation, k_remedy));
  }
  return doubts;
}

std::string data_file_checksum(const problem::ExternalData& data) {
  return fmt::format("{:016x}", data.checksum);
}

void require_same_data(const problem::Problem& problem, const ResultsReader& results) {
  if (problem.external() == nullptr) return;
  const std::string then = results.attribute("data_file_crc64");
  const std::string now = data_file_checksum(*problem.external());
  if (then == now) return;
  throw Error(fmt::format(
      "{}: holds other data than {} was made from: the CRC-64 was {} then and is {} now",
      problem.settings().data_file, results.path().string(), then, now));
}

}  // namespace flatgrid::results
