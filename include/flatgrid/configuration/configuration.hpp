// SPDX-License-Identifier: MIT
/// The configuration of a campaign: what an INI file says, validated and complete.
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

/// What is measured beyond what comes with one pass over the samples.
struct FlatnessSettings {
  bool top_eigenvalue = false;         ///< the largest eigenvalue of the Hessian
  bool frobenius_norm = false;         ///< the Frobenius norm of the Hessian
  bool tangent_kernel = false;         ///< the extreme eigenvalues of the tangent kernel
  double sharpness_radius = 0;         ///< rho of the sharpness at a radius; 0 = not measured
  std::int64_t sharpness_draws = 100;  ///< pairs of directions its average is taken over
  std::int64_t trace_probes = 0;       ///< probes of the randomized traces; 0 = not measured
  bool index_spectrum = false;         ///< which directions the network uses
  bool null_space_radius = false;      ///< how great a function can be that is 0 at all samples
};

/// Who writes the results.
struct Writer {
  std::string_view name;
  bool gathers;  ///< rank 0 for all, instead of every rank its own

  static std::span<const Writer> table();
};

struct OutputSettings {
  bool networks = true;       ///< store every trained network
  bool data = true;           ///< store the data sets
  std::int64_t history = 16;  ///< number of steps recorded, log-spaced; 0 = no history
  Choice<Writer> writer = "parallel";
};

/// What a campaign computes and how its file is written. Two configurations are of the same
/// campaign if and only if their identity texts are the same.
struct Configuration {
  Axes grid;
  problem::ProblemSettings problem;
  network::NetworkSettings network;
  algorithm::TrainingSettings training;
  FlatnessSettings flatness;
  OutputSettings output;
};

/// What the value of a key decides.
enum class Decides {
  points,   ///< which points the grid has: an axis
  bits,     ///< the bits of every point, or of some
  extras,   ///< what more of every point is measured or stored; 0 and false: nothing
  file,     ///< what else the file holds or names
  writing,  ///< how the file is written: of the same campaign it is the same file
};

/// One key of the configuration.
struct ConfigurationKey {
  std::string_view name;     ///< "section.key"
  std::string default_text;  ///< as one would write it in the file; empty = must be given
  std::string domain;        ///< type, unit and range, for help and messages
  std::string_view description;
  /// Validates `text` and stores it. Throws Error with a message such as "must be a whole number
  /// from 1 to 1000000" that does not name the file, the key and the value (the caller adds these).
  std::function<void(Configuration&, const std::string& text)> assign;
  std::function<std::string(const Configuration&)> text;  ///< canonical form of the present value
  Decides decides = Decides::bits;
};
std::span<const ConfigurationKey> configuration_keys();

/// The key of this name, "section.key"; null if there is none.
const ConfigurationKey* find_key(std::string_view name);

/// How the value of a key is ignored, as the rest of a sentence: it has no effect on any point, since no
/// algorithm of the grid reads it or the value of another key makes it irrelevant; or it is cut (a batch
/// above the samples). Empty if the value is used as it is.
std::string why_ignored(const ConfigurationKey& key, const Configuration& configuration);

/// The full resolved configuration as an INI text that parses back to itself.
std::string canonical_text(const Configuration& configuration);

/// The lines "section.key = value" of the keys that identify the campaign: all but those of writing.
std::string identity_text(const Configuration& configuration);

/// The first key that identifies the campaign and has another value there; null if there is none.
const ConfigurationKey* first_difference(const Configuration& here, const Configuration& there);

/// The first key by which a point that was computed `there` has other bits than `here`, or lacks
/// what is stored of it here; null if every point that both grids have is the same, bit by bit, as
/// computed by one build of flatgrid from the same external data.
const ConfigurationKey* first_obstacle(const Configuration& here, const Configuration& there);

/// Steps at which the history is recorded, log-spaced from 1 to training.steps: `output.history`
/// strictly increasing values, fewer if training.steps is less. The last one stands for the end of
/// the point, after the polish, whenever that came.
std::vector<std::int64_t> history_steps(const Configuration& configuration);

}  // namespace flatgrid::configuration
