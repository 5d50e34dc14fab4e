// SPDX-License-Identifier: MIT
#include "conflicts.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "flatgrid/algorithm/flattest/null_space.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid::configuration {

namespace {

constexpr std::int64_t k_most_points = 1'000'000'000;
/// The least relative squared residual that gradients in single precision can resolve.
constexpr double k_float_handover = 1e-10;

std::optional<algorithm::Conflict> find_conflict(const algorithm::TrainingSettings& training) {
  if (training.precision == "float" && training.handover_loss < k_float_handover) {
    return algorithm::Conflict{
        "training.handover-loss",
        fmt::format("must be at least {:g} for training.precision = float", k_float_handover)};
  }
  return std::nullopt;
}

/// A figure of the Hessian or the tangent kernel that counts all weights as parameters, if one is asked for.
std::optional<std::string_view> figure_of_all_weights(const FlatnessSettings& flatness) {
  for (const auto& [key, is_set] :
       {std::pair("flatness.top-eigenvalue", flatness.top_eigenvalue),
        std::pair("flatness.frobenius-norm", flatness.frobenius_norm),
        std::pair("flatness.tangent-kernel", flatness.tangent_kernel),
        std::pair("flatness.sharpness-radius", flatness.sharpness_radius > 0),
        std::pair("flatness.trace-probes", flatness.trace_probes > 0)}) {
    if (is_set) return key;
  }
  return std::nullopt;
}

/// What does not work with outer weights that are not trained.
std::optional<algorithm::Conflict> find_fixed_outer_conflict(const Configuration& configuration) {
  if (configuration.network.outer->trained) return std::nullopt;
  const auto conflict = [](std::string_view key, std::string_view requirement) {
    return algorithm::Conflict{std::string(key),
                               fmt::format("{} with network.outer = signs", requirement)};
  };
  for (const AlgorithmEntry& entry : configuration.grid.algorithm) {
    if (entry->name != "mean-field-langevin") {
      return conflict("grid.algorithm",
                      fmt::format("must be mean-field-langevin, which alone can train without the "
                                  "outer weights, not {},",
                                  entry.name()));
    }
    const algorithm::TrainingSettings training = configuration_of(configuration, entry).training;
    if (training.polish) {
      return conflict("training.polish", "must be no, because the polish moves all weights,");
    }
    if (!training.learning_rate) return conflict("training.learning-rate", "must be a number");
  }
  if (configuration.problem.inputs->is_file()) {
    return conflict("problem.inputs",
                    "must not be file, whose units the outer weights would need,");
  }
  if (configuration.network.bias->frozen) return conflict("network.bias", "must not be frozen");
  if (const auto key = figure_of_all_weights(configuration.flatness)) {
    return conflict(*key, "must be off, because it is a figure of all weights,");
  }
  return std::nullopt;
}

/// What cannot be had with frozen biases.
std::optional<algorithm::Conflict> find_frozen_conflict(const Configuration& configuration) {
  if (configuration.problem.inputs->is_file()) {
    return algorithm::Conflict{
        "network.bias",
        "must not be frozen with problem.inputs = file: training rescales the inputs of a file"};
  }
  if (const auto key = figure_of_all_weights(configuration.flatness)) {
    return algorithm::Conflict{std::string(*key),
                               "must be off with network.bias = frozen, because it is a figure of "
                               "all weights and biases"};
  }
  return std::nullopt;
}

/// Settings that an algorithm reads for other activations only, and entries whose points are the same.
std::optional<algorithm::Conflict> find_idle_variant(const Configuration& configuration,
                                                     int degree) {
  std::map<std::string, std::string_view> known;  // by what their runs read
  for (const AlgorithmEntry& entry : configuration.grid.algorithm) {
    for (const VariantSetting& setting : entry.settings()) {
      if (entry->reads(setting.key, degree)) continue;
      return algorithm::Conflict{
          "grid.algorithm", fmt::format("'{}': {} reads {} for activations of degree 2 and 3 only",
                                        entry.name(), entry->name, setting.key)};
    }
    const Configuration own = configuration_of(configuration, entry);
    std::string read(entry->name);
    for (const ConfigurationKey& key : configuration_keys()) {
      if (entry->reads(key.name, degree)) read += fmt::format("\n{}", key.text(own));
    }
    const auto [same, is_new] = known.emplace(read, entry.name());
    if (is_new) continue;
    return algorithm::Conflict{"grid.algorithm", fmt::format("'{}' and '{}' have the same settings",
                                                             same->second, entry.name())};
  }
  return std::nullopt;
}

/// Networks with linear layers have no biases, an activation of degree 1 and no Frobenius norm of the Hessian.
std::optional<algorithm::Conflict> find_conflict_of_layers(const Configuration& configuration,
                                                           int degree) {
  const network::NetworkSettings& network = configuration.network;
  const std::int64_t linear_layers = network.layers - 2;
  if (!network.hidden.empty() && network.hidden.size() != 1 &&
      std::ssize(network.hidden) != linear_layers) {
    return algorithm::Conflict{
        "network.hidden",
        fmt::format("must be one width, or network.layers - 2 = {} of them", linear_layers)};
  }
  if (linear_layers == 0) return std::nullopt;
  if (degree > 1) {
    return algorithm::Conflict{"network.activation",
                               "must be relu, leaky-relu or abs for network.layers above 2"};
  }
  if (network.bias->exists) {
    return algorithm::Conflict{"network.bias", "must be none for network.layers above 2"};
  }
  if (configuration.flatness.frobenius_norm) {
    return algorithm::Conflict{"flatness.frobenius-norm",
                               "must be false for network.layers above 2"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<algorithm::Conflict> find_conflict(const Configuration& configuration) {
  const Axes& grid = configuration.grid;
  const problem::ProblemSettings& problem = configuration.problem;

  double points = 1;
  for (const std::int64_t extent : grid.shape()) points *= static_cast<double>(extent);
  if (points > static_cast<double>(k_most_points)) {
    return algorithm::Conflict{
        "grid.seed", fmt::format("the grid has {:g} points, more than {}", points, k_most_points)};
  }
  if (!problem.inputs->is_file() && problem.directions->orthonormal &&
      problem.indices > problem.dimension) {
    return algorithm::Conflict{
        "problem.indices",
        fmt::format("must be at most problem.dimension = {} for orthonormal directions",
                    problem.dimension)};
  }
  if (!problem.coefficients.empty()) {
    if (std::ssize(problem.coefficients) != problem.indices) {
      return algorithm::Conflict{
          "problem.coefficients",
          fmt::format("must be problem.indices = {} numbers, but there are {}", problem.indices,
                      problem.coefficients.size())};
    }
    if (std::ranges::all_of(problem.coefficients, [](double c) { return c == 0; })) {
      return algorithm::Conflict{"problem.coefficients", "must not all be zero"};
    }
  }
  if (problem.inputs->is_file() != !problem.data_file.empty()) {
    return algorithm::Conflict{"problem.data-file",
                               "must be given with problem.inputs = file, and only then"};
  }
  if (problem.inputs == "gaussian-spiked" &&
      problem.effective_dimension > static_cast<double>(problem.dimension)) {
    return algorithm::Conflict{
        "problem.effective-dimension",
        fmt::format("must be at most problem.dimension = {}", problem.dimension)};
  }
  if (!problem.inputs->is_file() && problem.data_split->draws) {
    return algorithm::Conflict{
        "problem.data-split", "must be left at first: only problem.inputs = file has rows to draw"};
  }
  if (!problem.inputs->is_file() && problem.standardize) {
    return algorithm::Conflict{
        "problem.standardize",
        "must be left at no: only the inputs of problem.inputs = file are standardized"};
  }
  if (!problem.target->is_sum()) {
    if (!(problem.link == problem::ProblemSettings{}.link)) {
      return algorithm::Conflict{"problem.link",
                                 fmt::format("must be left at {}: only problem.target = sum "
                                             "has a link",
                                             problem::ProblemSettings{}.link.name())};
    }
    if (!problem.coefficients.empty()) {
      return algorithm::Conflict{
          "problem.coefficients",
          "must be left at alternating: only problem.target = sum has coefficients"};
    }
  }
  if (auto conflict = find_conflict(configuration.training)) return conflict;
  if (auto conflict = find_fixed_outer_conflict(configuration)) return conflict;
  const problem::Problem model(problem, nullptr, configuration.network.bias->exists);
  const auto activation = network::make_activation(configuration.network);
  if (!problem.inputs->has_all_moments) {
    const double needed = 4 * std::max(model.growth(), activation->degree());
    if (problem.degrees_of_freedom <= needed) {
      return algorithm::Conflict{
          "problem.degrees-of-freedom",
          fmt::format("must be above {}, because network or target grow like the power {} "
                      "of the inputs; otherwise the population loss has no standard error",
                      needed, needed / 4)};
    }
  }
  if (auto conflict = find_conflict_of_layers(configuration, activation->degree())) return conflict;
  if (auto conflict = find_idle_variant(configuration, activation->degree())) return conflict;
  if (configuration.network.bias->frozen) {
    if (auto conflict = find_frozen_conflict(configuration)) return conflict;
  }
  if (configuration.flatness.null_space_radius) {
    if (auto reason = flattest::null_space_conflict(model, *activation))
      return algorithm::Conflict{"flatness.null-space-radius", *reason};
  }
  for (const AlgorithmEntry& entry : grid.algorithm) {
    const algorithm::TrainingSettings training = configuration_of(configuration, entry).training;
    // A point without conflict at the largest samples and noise and the least width implies no conflict anywhere.
    const algorithm::PointOutline outline{.training = training,
                                          .problem = model,
                                          .activation = *activation,
                                          .samples = std::ranges::max(grid.samples),
                                          .noise = std::ranges::max(grid.noise),
                                          .width = std::ranges::min(grid.width),
                                          .network = configuration.network};
    auto conflict = find_conflict(training);
    if (!conflict) conflict = algorithm::find_conflict(*entry, outline);
    if (!conflict) continue;
    if (entry.settings().empty()) return conflict;
    return algorithm::Conflict{"grid.algorithm", fmt::format("'{}': {}: {}", entry.name(),
                                                             conflict->key, conflict->reason)};
  }
  return std::nullopt;
}

}  // namespace flatgrid::configuration
