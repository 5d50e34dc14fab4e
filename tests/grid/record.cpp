// SPDX-License-Identifier: MIT
#include "flatgrid/grid/record.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "flatgrid/configuration/reading.hpp"

using namespace flatgrid;
using namespace flatgrid::grid;

namespace {

/// CRC-64/XZ bit by bit: the reflected polynomial of ECMA-182, all ones before and after.
std::uint64_t plain_crc64(const std::string& bytes) {
  std::uint64_t remainder = ~std::uint64_t{0};
  for (const char byte : bytes) {
    remainder ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0xC96C5795D7870F42 : 0);
    }
  }
  return ~remainder;
}

template <class Value>
void append_bytes(std::string& bytes, const Value& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

PointResult some_result() {
  PointResult result;
  result.record.status = Status::done;
  double figure = 1.0 / 3;
  for (const Variable& variable : result_variables()) {
    if (variable.name != "flatness_lower_bound") result.record.*variable.value = figure;
    figure *= -1.7;
  }
  result.record.flatness_lower_bound_kind = 2;
  result.record.path_norm_lower_bound_kind = 1;
  result.record.null_space_radius_bound_kind = 2;
  result.record.worst_loss_bound_kind = 2;
  result.history = MatrixD::Random(4, 10);
  result.network.inner = MatrixD::Random(5, 3);
  result.network.outer = VectorD::Random(5);
  result.multipliers = VectorD::Random(6);
  return result;
}

configuration::Configuration configured(const std::string& algorithms,
                                        const std::string& more = "") {
  std::istringstream text("[grid]\nalgorithm = " + algorithms +
                          "\nsamples = 20\nnoise = 0\nwidth = 10\nseed = 1\n" + more);
  return configuration::parse_configuration(text, "test");
}

/// Everything that can be stored.
StoredVariables everything() {
  StoredVariables stored = stored_variables(configured(
      "teacher, flattest, min-norm, worst",
      "[training]\nlearning-rate = 0.1\n[flatness]\ntop-eigenvalue = true\nactivation-rates = "
      "true\nfrobenius-norm = true\ntangent-kernel = "
      "true\nsharpness-radius = 0.1\ntrace-probes = 3\n"
      "index-spectrum = true\nnull-space-radius = true\nworst-loss-bound = true\n"));
  // All but extreme_samples, representation_cost and those of single-index: they need biases or linear layers, which
  // exclude min-norm and worst.
  REQUIRE(stored.figures.size() + 4 == result_variables().size());
  stored.figures.assign(result_variables().begin(), result_variables().end());
  return stored;
}

std::vector<std::string_view> names_of(const std::vector<Variable>& variables) {
  std::vector<std::string_view> names;
  for (const Variable& variable : variables) names.push_back(variable.name);
  return names;
}

}  // namespace

TEST_CASE("the table of variables has every figure of a record once") {
  std::set<std::string_view> names;
  Record record;
  double mark = 1;
  for (const Variable& variable : result_variables()) {
    CHECK(names.insert(variable.name).second);
    CHECK_FALSE(variable.units.empty());
    CHECK_FALSE(variable.long_name.empty());
    // A fresh record is empty, and no member comes twice.
    CHECK((variable.meanings.empty() ? std::isnan(record.*variable.value)
                                     : record.*variable.value == 0));
    record.*variable.value = mark++;
  }
  // Status, padding, and nothing but figures.
  CHECK(sizeof(Record) == (result_variables().size() + 1) * sizeof(double));
  CHECK(names.contains("train_loss"));
  CHECK(names.contains("seconds"));
}

TEST_CASE("the history has the figures that can be measured during training") {
  const std::vector<Variable> history = stored_variables(configured("teacher")).history;
  CHECK(names_of(history) ==
        std::vector<std::string_view>{"train_loss", "population_loss", "flatness_trace",
                                      "flatness_residual_part", "flatness_orbit_min", "path_norm",
                                      "parameter_norm", "active_neurons", "effective_neurons",
                                      "index_alignment"});
  for (Index column = 0; column < 10; ++column) {
    CHECK(history_column(history[static_cast<std::size_t>(column)]) == column);
  }
  CHECK(stored_variables(configured("teacher", "[output]\nhistory = 0\n")).history.empty());
}

TEST_CASE("figures that were not asked for are not stored") {
  const auto stored = [](const std::string& algorithms, const std::string& more = "") {
    return names_of(stored_variables(configured(algorithms, more)).figures);
  };
  const std::vector<std::string_view> plain = {"train_loss",
                                               "train_loss_before_polish",
                                               "interpolates",
                                               "population_loss",
                                               "population_loss_stderr",
                                               "flatness_trace",
                                               "flatness_residual_part",
                                               "flatness_orbit_min",
                                               "path_norm",
                                               "parameter_norm",
                                               "active_neurons",
                                               "effective_neurons",
                                               "index_alignment",
                                               "steps",
                                               "polish_iterations",
                                               "seconds"};
  CHECK(stored("teacher, lazy") == plain);

  using Names = std::set<std::string_view>;
  const auto more_than_plain = [&](const std::string& algorithms, const std::string& more) {
    const auto names = stored(algorithms, more);
    Names others(names.begin(), names.end());
    for (const std::string_view name : plain) CHECK(others.erase(name) == 1);
    return others;
  };
  CHECK(more_than_plain("teacher, flattest", "") == Names{"flatness_lower_bound",
                                                          "flatness_lower_bound_kind",
                                                          "flatness_gap", "neurons_on_faces"});
  CHECK(more_than_plain("teacher, min-norm", "") ==
        Names{"path_norm_lower_bound", "path_norm_lower_bound_kind", "path_norm_gap"});
  CHECK(more_than_plain("worst", "") ==
        Names{"flatness_ratio", "starts_agreeing", "optimality_violation"});
  CHECK(more_than_plain("worst", "[flatness]\nworst-loss-bound = true\n") ==
        Names{"flatness_ratio", "starts_agreeing", "optimality_violation", "worst_loss_bound",
              "worst_loss_bound_kind"});
  CHECK(more_than_plain("teacher", "[flatness]\nworst-loss-bound = true\n").empty());
  CHECK(more_than_plain("flattest", "[flatness]\nnull-space-radius = true\n") ==
        Names{"flatness_lower_bound", "flatness_lower_bound_kind", "flatness_gap",
              "neurons_on_faces", "null_space_radius", "null_space_radius_bound",
              "null_space_radius_bound_kind"});
  CHECK(more_than_plain("teacher", "[flatness]\nnull-space-radius = true\n").empty());
  CHECK(more_than_plain("teacher", "[flatness]\ntop-eigenvalue = true\n") ==
        Names{"hessian_top_eigenvalue"});
  CHECK(more_than_plain("teacher, sgd(learning-rate=0.1)", "[flatness]\ntop-eigenvalue = true\n") ==
        Names{"hessian_top_eigenvalue", "stability_fraction"});
  CHECK(more_than_plain("sgd", "[training]\nlearning-rate = 0.1\n").empty());
  CHECK(more_than_plain("teacher", "[flatness]\nactivation-rates = true\n") ==
        Names{"activation_rate", "sparse_neurons"});
  CHECK(more_than_plain("teacher", "[flatness]\nfrobenius-norm = true\n") ==
        Names{"hessian_frobenius_norm"});
  CHECK(more_than_plain("teacher", "[flatness]\ntangent-kernel = true\n") ==
        Names{"tangent_kernel_max", "tangent_kernel_min"});
  CHECK(more_than_plain("teacher", "[flatness]\nsharpness-radius = 0.1\n") ==
        Names{"sharpness_average", "sharpness_average_stderr", "sharpness_worst"});
  CHECK(more_than_plain("teacher", "[flatness]\ntrace-probes = 1\n") ==
        Names{"hessian_trace_hutchinson", "hessian_trace_hutchpp"});
  CHECK(more_than_plain("teacher", "[flatness]\nindex-spectrum = true\n") ==
        Names{"index_dimension", "index_recovery", "index_tail"});
  CHECK(more_than_plain("teacher", "[network]\nbias = trained\n") == Names{"extreme_samples"});
  CHECK(more_than_plain("gradient-flow", "[network]\nlayers = 3\n") ==
        Names{"representation_cost"});
}

TEST_CASE("every status has a name of its own") {
  std::set<std::string_view> names;
  for (int status = 0; status < k_status_count; ++status) {
    names.insert(name_of(static_cast<Status>(status)));
  }
  CHECK(names.size() == k_status_count);
}

TEST_CASE("the checksum is CRC-64/XZ over status, figures, history, network and multipliers") {
  // The check value of the catalogue of parametrised CRC algorithms (R. Cook): CRC-64/XZ.
  REQUIRE(plain_crc64("123456789") == 0x995DC9BBDF1939FA);

  const PointResult result = some_result();
  StoredVariables stored = everything();
  stored.networks = false;
  stored.multipliers = false;
  std::string bytes;
  append_bytes(bytes, static_cast<std::int32_t>(result.record.status));
  for (const Variable& variable : result_variables()) {
    if (!variable.meanings.empty()) {
      append_bytes(bytes, std::int32_t{variable.name == "path_norm_lower_bound_kind" ? 1 : 2});
    } else if (variable.deterministic) {
      append_bytes(bytes, result.record.*variable.value);
    }
  }
  for (Index i = 0; i < result.history.rows(); ++i) {
    for (Index j = 0; j < result.history.cols(); ++j) append_bytes(bytes, result.history(i, j));
  }
  CHECK(checksum(result, stored) == plain_crc64(bytes));

  for (Index i = 0; i < result.network.width(); ++i) {
    for (Index j = 0; j < result.network.dimension(); ++j) {
      append_bytes(bytes, result.network.inner(i, j));
    }
  }
  for (const double weight : result.network.outer) append_bytes(bytes, weight);
  stored.networks = true;
  CHECK(checksum(result, stored) == plain_crc64(bytes));

  for (const double multiplier : result.multipliers) append_bytes(bytes, multiplier);
  stored.multipliers = true;
  CHECK(checksum(result, stored) == plain_crc64(bytes));

  // The last column of the inner weights as biases.
  StoredVariables only_network{.figures = {}, .history = {}, .networks = true, .biases = true};
  bytes.clear();
  append_bytes(bytes, static_cast<std::int32_t>(result.record.status));
  const Index d = result.network.dimension() - 1;
  for (Index i = 0; i < result.network.width(); ++i) {
    for (Index j = 0; j < d; ++j) append_bytes(bytes, result.network.inner(i, j));
  }
  for (Index i = 0; i < result.network.width(); ++i)
    append_bytes(bytes, result.network.inner(i, d));
  for (const double weight : result.network.outer) append_bytes(bytes, weight);
  CHECK(checksum(result, only_network) == plain_crc64(bytes));

  // Linear layers, row by row.
  PointResult layered = result;
  layered.network.linear = {MatrixD{{1, 2, 3}, {4, 5, 6}}};
  for (const double weight : {1., 2., 3., 4., 5., 6.}) append_bytes(bytes, weight);
  only_network.linear_layers = 1;
  CHECK(checksum(layered, only_network) == plain_crc64(bytes));
}

TEST_CASE("the checksum is over the stored variables, in their order") {
  const PointResult result = some_result();
  const StoredVariables all = everything();
  const auto named = [&](std::string_view name) {
    return *std::ranges::find(all.figures, name, &Variable::name);
  };
  const StoredVariables stored{.figures = {named("steps"), named("train_loss")},
                               .history = {named("path_norm"), named("population_loss")},
                               .networks = false};
  std::string bytes;
  append_bytes(bytes, static_cast<std::int32_t>(result.record.status));
  append_bytes(bytes, result.record.steps);
  append_bytes(bytes, result.record.train_loss);
  for (Index i = 0; i < result.history.rows(); ++i) {
    append_bytes(bytes, result.history(i, 5));  // the sixth and the second figure of a history
    append_bytes(bytes, result.history(i, 1));
  }
  CHECK(checksum(result, stored) == plain_crc64(bytes));
}

TEST_CASE("the checksum changes with every stored number except wall-clock times") {
  const PointResult result = some_result();
  StoredVariables stored = everything();
  const std::uint64_t original = checksum(result, stored);
  for (const Variable& variable : result_variables()) {
    PointResult changed = result;
    double& figure = changed.record.*variable.value;
    if (std::isnan(figure) || !variable.meanings.empty()) {
      figure = 0;
    } else {
      figure = std::nextafter(figure, 1e300);
    }
    CHECK((checksum(changed, stored) != original) == variable.deterministic);
  }
  PointResult changed = result;
  changed.record.status = Status::not_interpolating;
  CHECK(checksum(changed, stored) != original);
  changed = result;
  changed.history(2, 3) = -changed.history(2, 3);
  CHECK(checksum(changed, stored) != original);
  changed = result;
  changed.message = "anything";
  CHECK(checksum(changed, stored) == original);
  changed = result;
  changed.network.inner(4, 2) += 1e-15;
  CHECK(checksum(changed, stored) != original);
  stored.networks = false;
  CHECK(checksum(changed, stored) == checksum(result, stored));
}
