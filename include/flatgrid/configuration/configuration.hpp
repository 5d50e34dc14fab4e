// SPDX-License-Identifier: MIT
/// The configuration of a campaign: the validated content of an INI file, with all defaults.
///
/// `configuration_keys()` is the single source of truth for the keys: parsing, validation, the
/// canonical text, `flatgrid plan` and the documentation derive from it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/algorithm/settings.hpp"
#include "flatgrid/configuration/axes.hpp"
#include "flatgrid/network/settings.hpp"
#include "flatgrid/problem/settings.hpp"

namespace flatgrid::configuration {

/// The optional figures, which take more than one pass over the samples.
struct FlatnessSettings {
  bool top_eigenvalue = false;         ///< the largest eigenvalue of the Hessian
  bool frobenius_norm = false;         ///< the Frobenius norm of the Hessian
  bool tangent_kernel = false;         ///< the extreme eigenvalues of the tangent kernel
  double sharpness_radius = 0;         ///< rho of the sharpness at a radius; 0 = not measured
  std::int64_t sharpness_draws = 100;  ///< pairs of directions of its average
  std::int64_t trace_probes = 0;       ///< probes of the randomized traces; 0 = not measured
  bool activation_rates = false;       ///< on how many samples neurons are active
  bool index_spectrum = false;         ///< the spectrum of E grad f grad f^T
  bool null_space_radius =
      false;  ///< the largest E h^2 of functions h of orbit minimum 1 that are 0 at all samples
  bool worst_loss_bound = false;  ///< an upper bound on the loss that `worst` searches for
};

/// Which rank writes the results.
struct Writer {
  std::string_view name;
  bool gathers;  ///< true: rank 0 writes all results; false: every rank writes its own

  static std::span<const Writer> table();
};

struct OutputSettings {
  bool networks = true;       ///< store every trained network
  bool data = true;           ///< store the data sets
  std::int64_t history = 16;  ///< number of steps recorded, log-spaced; 0 = no history
  Choice<Writer> writer = "parallel";
};

/// What a campaign computes and how its file is written. Two configurations describe the same campaign if
/// and only if their identity texts are equal.
struct Configuration {
  Axes grid;
  problem::ProblemSettings problem;
  network::NetworkSettings network;
  algorithm::TrainingSettings training;
  FlatnessSettings flatness;
  OutputSettings output;
};

/// What the value of a key determines.
enum class Decides {
  points,   ///< the points of the grid: an axis
  bits,     ///< the bits of all or some points
  extras,   ///< optional figures or data of every point; none for 0 and false
  file,     ///< other contents of the file
  writing,  ///< how the file is written, but not its contents
};

/// One key of the configuration.
struct ConfigurationKey {
  std::string_view name;     ///< "section.key"
  std::string default_text;  ///< the default as written in a file; empty = the key must be given
  std::string domain;        ///< type, unit and range, for help and messages
  std::string_view description;
  /// Validates `text` and stores it. Throws Error with a message such as "must be a whole number
  /// from 1 to 1000000" that does not name the file, the key and the value (the caller adds these).
  std::function<void(Configuration&, const std::string& text)> assign;
  std::function<std::string(const Configuration&)> text;  ///< canonical form of the current value
  Decides decides = Decides::bits;
};
std::span<const ConfigurationKey> configuration_keys();

/// The key of this name, "section.key"; null if there is none.
const ConfigurationKey* find_key(std::string_view name);

/// The configuration of a grid with one entry of the axis `algorithm`: its algorithm, and the settings of the
/// variant in place of the values of `configuration`.
Configuration configuration_of(const Configuration& configuration, const AlgorithmEntry& entry);

/// Why the value of a key is not used as given, as the rest of a sentence: no algorithm of the grid reads
/// it, the value of another key makes it irrelevant, or it is reduced (a batch above the samples). Empty if
/// the value is used as given.
std::string why_ignored(const ConfigurationKey& key, const Configuration& configuration);

/// The full resolved configuration as an INI text that parses back to itself.
std::string canonical_text(const Configuration& configuration);

/// The lines "section.key = value" of the keys that identify the campaign: all but Decides::writing.
std::string identity_text(const Configuration& configuration);

/// The first key that identifies the campaign and differs between the two; null if there is none.
const ConfigurationKey* first_difference(const Configuration& here, const Configuration& there);

/// The first key whose value gives a point other bits `there` than `here`, or by which data of a point
/// that `here` stores are missing `there`. Null if all common points of both grids are bit-identical when
/// computed by one build of flatgrid from the same external data. For grids without variants: call it with
/// `configuration_of` for the points of a variant.
const ConfigurationKey* first_obstacle(const Configuration& here, const Configuration& there);

/// Steps at which the history is recorded, log-spaced from 1 to training.steps (the largest
/// value of all algorithms of the grid, where variants set it): `output.history` strictly increasing values,
/// fewer if training.steps is smaller. The last one stands for the end of the
/// point, after the polish, at any step.
std::vector<std::int64_t> history_steps(const Configuration& configuration);

}  // namespace flatgrid::configuration
