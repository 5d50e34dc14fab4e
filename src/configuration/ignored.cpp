// SPDX-License-Identifier: MIT
// Which values of a configuration have no effect.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/algorithm/flattest/curved.hpp"
#include "flatgrid/algorithm/flattest/lower_bound.hpp"
#include "flatgrid/algorithm/flattest/search.hpp"
#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid::configuration {

namespace {

/// A key that is read only if other keys have certain values.
struct Condition {
  std::string_view key;
  bool (*holds)(const Configuration&);
  std::string_view otherwise;  ///< why the key has no effect
};

bool has_file(const Configuration& c) { return c.problem.inputs->is_file(); }
bool has_formula(const Configuration& c) { return !has_file(c); }

bool has_link(const Configuration& c) { return c.problem.target->is_sum() && has_formula(c); }

bool needs_test_set(const Configuration& c) {
  return has_formula(c) && measure::population_loss_method(problem::Problem(
                               c.problem, nullptr, c.network.bias->exists)) == "monte-carlo";
}

bool has_algorithm(const Configuration& c, std::string_view name) {
  return std::ranges::any_of(c.grid.algorithm,
                             [&](const AlgorithmEntry& entry) { return entry->name == name; });
}

bool climbs_at_random(const Configuration& c) {
  const std::int64_t samples = std::ranges::max(c.grid.samples);
  return network::make_activation(c.network)->degree() > 1 ||
         !flattest::faces_can_be_visited(
             samples,
             std::min<Index>(c.problem.dimension + (c.network.bias->exists ? 1 : 0), samples));
}

/// Whether some algorithm of the grid reaches the gradient flow, if it reads training.flow-tolerance.
bool has_flow(const Configuration& c) {
  const bool decays = c.training.weight_decay.value_or(0) > 0;
  return (decays && c.training.polish) ||
         std::ranges::any_of(c.grid.algorithm, [](const AlgorithmEntry& entry) {
           return entry->name != "gradient-descent" && entry->name != "sgd";
         });
}

constexpr std::string_view k_labels_of_file = "the labels are those of problem.data-file";

constexpr std::array k_conditions = {
    Condition{"problem.powerlaw-exponent",
              [](const Configuration& c) { return c.problem.inputs == "gaussian-powerlaw"; },
              "only problem.inputs = gaussian-powerlaw reads it"},
    Condition{"problem.input-scale", has_formula, "the inputs are those of problem.data-file"},
    Condition{"problem.effective-dimension",
              [](const Configuration& c) { return c.problem.inputs == "gaussian-spiked"; },
              "only problem.inputs = gaussian-spiked reads it"},
    Condition{"problem.degrees-of-freedom",
              [](const Configuration& c) { return c.problem.inputs == "student-t"; },
              "only problem.inputs = student-t reads it"},
    Condition{"problem.components",
              [](const Configuration& c) { return c.problem.inputs == "mixture"; },
              "only problem.inputs = mixture reads it"},
    Condition{"problem.separation",
              [](const Configuration& c) {
                return c.problem.inputs == "mixture" && c.problem.components > 1;
              },
              "only problem.inputs = mixture with several components reads it"},
    Condition{"problem.target", has_formula, k_labels_of_file},
    Condition{"problem.link", has_formula, k_labels_of_file},
    Condition{"problem.directions", has_formula, k_labels_of_file},
    Condition{"problem.coefficients", has_formula, k_labels_of_file},
    Condition{"problem.leaky-slope",
              [](const Configuration& c) { return has_link(c) && c.problem.link == "leaky-relu"; },
              "only problem.link = leaky-relu reads it"},
    Condition{"problem.information-exponent",
              [](const Configuration& c) { return has_link(c) && c.problem.link == "kinks"; },
              "only problem.link = kinks reads it"},
    Condition{"problem.noise-law",
              [](const Configuration& c) { return std::ranges::max(c.grid.noise) > 0; },
              "grid.noise is 0"},
    Condition{"problem.test-samples", needs_test_set,
              "no test inputs are drawn: the population loss has a formula, or is measured on the "
              "data file"},
    Condition{"network.leaky-slope",
              [](const Configuration& c) { return c.network.activation == "leaky-relu"; },
              "only network.activation = leaky-relu reads it"},
    Condition{"network.bias-scale", [](const Configuration& c) { return c.network.bias->frozen; },
              "only network.bias = frozen reads it"},
    Condition{"network.hidden",
              [](const Configuration& c) { return c.network.has_linear_layers(); },
              "network.layers is 2"},
    Condition{"training.stability-fraction",
              [](const Configuration& c) { return !c.training.learning_rate; },
              "only training.learning-rate = auto reads it"},
    Condition{"training.flow-tolerance", has_flow,
              "after gradient-descent and sgd the gradient flow follows only with "
              "training.weight-decay and training.polish"},
    Condition{"flattest.starts", climbs_at_random, "in this dimension every face is visited"},
    Condition{"flatness.null-space-radius",
              [](const Configuration& c) {
                return !c.flatness.null_space_radius || has_algorithm(c, "flattest");
              },
              "only the algorithm flattest searches for it"},
    Condition{"flatness.worst-loss-bound",
              [](const Configuration& c) {
                return !c.flatness.worst_loss_bound || has_algorithm(c, "worst");
              },
              "only the algorithm worst searches for what it bounds"},
    Condition{"flatness.sharpness-draws",
              [](const Configuration& c) { return c.flatness.sharpness_radius > 0; },
              "flatness.sharpness-radius is 0"},
};

/// Whether runs of the algorithm read the key.
bool is_read(std::string_view key, const algorithm::Algorithm& algorithm, const Configuration& c,
             int degree) {
  // Without linear layers steps on a batch of one sample are in double.
  const std::int64_t batch = std::min(c.training.batch, std::ranges::max(c.grid.samples));
  if (key == "training.precision" && algorithm.reads("training.batch", degree) && batch == 1 &&
      c.network.layers == 2) {
    return false;
  }
  return algorithm.reads(key, degree);
}

/// Why flattest.tolerance is not used as given.
std::string why_cut(const Configuration& c, int degree) {
  const double tolerance = c.training.flattest.tolerance;
  if (degree > 1 && tolerance < flattest::k_relaxation_tolerance) {
    return fmt::format("is below {:g}, the smallest value for activations of degree 2 and 3",
                       flattest::k_relaxation_tolerance);
  }
  if (climbs_at_random(c) && tolerance < flattest::k_search_tolerance && degree == 1) {
    return fmt::format("is below {:g}, the smallest value if not every face can be visited",
                       flattest::k_search_tolerance);
  }
  return "";
}

/// Why a value is ignored that some run reads, or that no algorithm is asked about.
std::string why_unused(const ConfigurationKey& key, const Configuration& configuration,
                       int degree) {
  const auto condition = std::ranges::find(k_conditions, key.name, &Condition::key);
  if (condition != k_conditions.end() && !condition->holds(configuration)) {
    return fmt::format("has no effect: {}", condition->otherwise);
  }
  if (key.name == "flattest.tolerance") return why_cut(configuration, degree);
  const std::int64_t least_samples = std::ranges::min(configuration.grid.samples);
  const std::int64_t size = configuration.training.batch;
  if (key.name == "training.batch" && size > least_samples) {
    return fmt::format("is above grid.samples = {}: there a batch has all samples", least_samples);
  }
  if (key.name == "training.batches" && configuration.training.batches->keeps_rest &&
      std::ranges::none_of(configuration.grid.samples,
                           [&](std::int64_t n) { return n % std::min(size, n) > 0; })) {
    return "has no effect: every batch of an epoch has training.batch samples, or all samples";
  }
  return "";
}

}  // namespace

std::string why_ignored(const ConfigurationKey& key, const Configuration& configuration) {
  // stability_fraction is that of every point.
  if (key.name == "training.learning-rate" && configuration.flatness.top_eigenvalue) return "";
  const int degree = network::make_activation(configuration.network)->degree();
  if (std::ranges::none_of(algorithm::Algorithm::table(),
                           [&](const algorithm::Algorithm& a) { return a.reads(key.name, 2); })) {
    return why_unused(key, configuration, degree);
  }
  // Of the entries that read the key and do not set it: why each ignores the value.
  std::optional<std::string> why;
  bool is_set = false;
  for (const AlgorithmEntry& entry : configuration.grid.algorithm) {
    const Configuration own = configuration_of(configuration, entry);
    if (!is_read(key.name, *entry, own, degree)) continue;
    if (std::ranges::count(entry.settings(), key.name, &VariantSetting::key) > 0) {
      is_set = true;
      continue;
    }
    const std::string of_entry = why_unused(key, own, degree);
    if (of_entry.empty()) return "";
    if (!why) why = of_entry;
  }
  if (why) return *why;
  if (is_set) return "has no effect: every entry of grid.algorithm that reads it sets it";
  std::vector<std::string_view> readers;
  for (const algorithm::Algorithm& algorithm : algorithm::Algorithm::table()) {
    if (is_read(key.name, algorithm, configuration, degree)) readers.push_back(algorithm.name);
  }
  return fmt::format("has no effect: none of grid.algorithm reads it, only {} {}",
                     fmt::join(readers, ", "), readers.size() == 1 ? "does" : "do");
}

}  // namespace flatgrid::configuration
