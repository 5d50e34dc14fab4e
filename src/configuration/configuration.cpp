// SPDX-License-Identifier: MIT
#include "flatgrid/configuration/configuration.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <sstream>
#include <system_error>

#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <fmt/format.h>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/teacher.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/configuration/value.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/problem/laws.hpp"

namespace flatgrid {
namespace {

constexpr std::int64_t k_most_points = 1'000'000'000;
constexpr std::size_t k_most_bytes = std::size_t{16} << 20;
constexpr auto k_largest_seed = std::numeric_limits<std::int64_t>::max();

/// A key whose value is stored in the member that `member` selects. What a default-constructed
/// configuration holds there is the default.
template <class Value, class Member>
ConfigurationKey make_key(std::string_view name, Kind<Value> kind, Member member,
                          std::string_view description) {
  ConfigurationKey key;
  key.name = name;
  key.domain = kind.one;
  key.description = description;
  key.assign = [kind, member](Configuration& configuration, const std::string& text) {
    try {
      member(configuration) = kind.read(text);
    } catch (const Error& error) {
      const std::string_view detail = error.what();
      throw Error(fmt::format("must be {}{}{}", kind.one, detail.empty() ? "" : "; ", detail));
    }
  };
  key.text = [write = kind.write, member](const Configuration& configuration) {
    return write(member(configuration));
  };
  key.default_text = key.text(Configuration{});
  return key;
}

ConfigurationKey does_not_identify(ConfigurationKey key) {
  key.identifies = false;
  return key;
}

std::vector<ConfigurationKey> make_keys() {
  static constexpr std::array<std::string_view, 1> k_precisions = {"double"};
  static constexpr std::array<std::string_view, 2> k_writers = {"parallel", "gather"};
  constexpr auto k_once = Repetition::refused;
  return {
      make_key(
          "grid.algorithm", list_of(choice(algorithm_names()), k_once),
          [](auto& c) -> auto& { return c.grid.algorithm; },
          "families of interpolators, an axis of the grid"),
      make_key(
          "grid.samples", list_of(whole_number(1, 1'000'000), k_once),
          [](auto& c) -> auto& { return c.grid.samples; },
          "numbers of training samples n, an axis of the grid"),
      make_key(
          "grid.noise", list_of(real_number(0, 1e6), k_once),
          [](auto& c) -> auto& { return c.grid.noise; },
          "standard deviations tau of the label noise in units of y, an axis of the grid"),
      make_key(
          "grid.width", list_of(whole_number(1, 1'000'000), k_once),
          [](auto& c) -> auto& { return c.grid.width; },
          "numbers of neurons m, an axis of the grid"),
      make_key(
          "grid.seed", list_of(whole_number(0, k_largest_seed), k_once),
          [](auto& c) -> auto& { return c.grid.seed; },
          "seeds of teacher, inputs, noise and initialization, an axis of the grid"),

      make_key(
          "problem.dimension", whole_number(1, 100'000),
          [](auto& c) -> auto& { return c.problem.dimension; }, "dimension d of the inputs"),
      make_key(
          "problem.inputs", choice(input_law_names()),
          [](auto& c) -> auto& { return c.problem.inputs; },
          "law of the inputs x, with E x = 0 and E ||x||^2 = d; file = problem.data-file"),
      make_key(
          "problem.powerlaw-exponent", real_number(0, 10),
          [](auto& c) -> auto& { return c.problem.powerlaw_exponent; },
          "inputs gaussian-powerlaw: alpha of the covariance spectrum i^-alpha of trace d"),
      make_key(
          "problem.degrees-of-freedom", real_number(2.1, 1e6),
          [](auto& c) -> auto& { return c.problem.degrees_of_freedom; },
          "inputs student-t: nu; moments of this order and above are infinite"),
      make_key(
          "problem.components", whole_number(1, 10'000),
          [](auto& c) -> auto& { return c.problem.components; },
          "inputs mixture: number of Gaussians"),
      make_key(
          "problem.separation", real_number(0, 1000),
          [](auto& c) -> auto& { return c.problem.separation; },
          "inputs mixture: distance of the Gaussians from the middle, in their standard "
          "deviations"),
      make_key(
          "problem.target", choice(target_names()),
          [](auto& c) -> auto& { return c.problem.target; },
          "how the target f* is made of the indices z_s = u_s . x: sum_s c_s g(z_s), z_1 ... z_r, "
          "max_s z_s, z_1 + z_1 z_2 + ... + z_1 ... z_r, sign(z_1 ... z_r)"),
      make_key(
          "problem.link", choice(link_names()), [](auto& c) -> auto& { return c.problem.link; },
          "link g of the target sum; hermite2 and hermite3 are normalized"),
      make_key(
          "problem.leaky-slope", real_number(0, 1),
          [](auto& c) -> auto& { return c.problem.leaky_slope; },
          "slope of the link leaky-relu on the negative side"),
      make_key(
          "problem.indices", whole_number(1, 100'000),
          [](auto& c) -> auto& { return c.problem.indices; }, "number r of index directions u_s"),
      make_key(
          "problem.directions", choice(direction_names()),
          [](auto& c) -> auto& { return c.problem.directions; },
          "how the index directions of a seed are drawn"),
      make_key(
          "problem.coefficients",
          word_or("alternating", list_of(real_number(-1e6, 1e6), Repetition::allowed)),
          [](auto& c) -> auto& { return c.problem.coefficients; },
          "coefficients c_s of the target sum; alternating = 1, -1, 1, ..."),
      make_key(
          "problem.noise-law", choice(noise_law_names()),
          [](auto& c) -> auto& { return c.problem.noise_law; },
          "law of the label noise of unit variance"),
      make_key(
          "problem.data-file", word_or("none", file_path()),
          [](auto& c) -> auto& { return c.problem.data_file; },
          "inputs file: HDF5 file of inputs [n, d] and labels [n], and of index_directions [r, d] "
          "and coefficients [r] if they are known"),
      make_key(
          "problem.test-samples", whole_number(100, 100'000'000),
          [](auto& c) -> auto& { return c.problem.test_samples; },
          "fresh inputs of a population loss that no formula gives"),

      make_key(
          "network.activation", choice(activation_names()),
          [](auto& c) -> auto& { return c.network.activation; }, "activation sigma of the network"),
      make_key(
          "network.leaky-slope", real_number(0, 1),
          [](auto& c) -> auto& { return c.network.leaky_slope; },
          "slope of leaky-relu on the negative side"),

      make_key(
          "training.steps", whole_number(1, 1'000'000'000'000),
          [](auto& c) -> auto& { return c.training.steps; }, "most gradient steps of a point"),
      make_key(
          "training.learning-rate", word_or("auto", optional(real_number(1e-12, 1e6))),
          [](auto& c) -> auto& { return c.training.learning_rate; },
          "step size; auto = from the stability threshold"),
      make_key(
          "training.stability-fraction", real_number(1e-6, 2),
          [](auto& c) -> auto& { return c.training.stability_fraction; },
          "automatic step size in units of the stability threshold 2 / lambda_max; "
          "1 = edge of stability"),
      make_key(
          "training.initial-scale", real_number(1e-6, 1e6),
          [](auto& c) -> auto& { return c.training.initial_scale; },
          "initial size of a neuron's weights relative to 1/sqrt(d), 1/sqrt(m)"),
      make_key(
          "training.lazy-scale", real_number(1e-6, 1e6),
          [](auto& c) -> auto& { return c.training.lazy_scale; },
          "the same for the algorithm lazy"),
      make_key(
          "training.batch", whole_number(1, 1'000'000),
          [](auto& c) -> auto& { return c.training.batch; },
          "samples in a minibatch of the stochastic algorithms"),
      make_key(
          "training.momentum", real_number(0, 0.9999),
          [](auto& c) -> auto& { return c.training.momentum; }, "heavy-ball coefficient"),
      make_key(
          "training.label-noise", real_number(0, 1e6),
          [](auto& c) -> auto& { return c.training.label_noise; },
          "label perturbation delta of label-noise-sgd in units of y"),
      make_key(
          "training.sam-radius", real_number(0, 1e6),
          [](auto& c) -> auto& { return c.training.sam_radius; },
          "radius rho of sharpness-aware minimization"),
      make_key(
          "training.handover-loss", real_number(1e-30, 1),
          [](auto& c) -> auto& { return c.training.handover_loss; },
          "mean squared residual relative to mean(y^2) at which the polish takes over"),
      make_key(
          "training.interpolation-tolerance", real_number(1e-30, 1),
          [](auto& c) -> auto& { return c.training.interpolation_tolerance; },
          "largest mean squared residual of an interpolator relative to mean(y^2)"),
      make_key(
          "training.precision", choice(k_precisions),
          [](auto& c) -> auto& { return c.training.precision; },
          "floating-point type of the training"),

      make_key(
          "flatness.top-eigenvalue", boolean(),
          [](auto& c) -> auto& { return c.flatness.top_eigenvalue; },
          "also measure the largest eigenvalue of the Hessian"),
      make_key(
          "flatness.frobenius-norm", boolean(),
          [](auto& c) -> auto& { return c.flatness.frobenius_norm; },
          "also measure the Frobenius norm of the Hessian; takes n x n matrices"),
      make_key(
          "flatness.tangent-kernel", boolean(),
          [](auto& c) -> auto& { return c.flatness.tangent_kernel; },
          "also measure the extreme eigenvalues of the tangent kernel; takes n x n matrices"),
      make_key(
          "flatness.sharpness-radius", real_number(0, 1e6),
          [](auto& c) -> auto& { return c.flatness.sharpness_radius; },
          "also measure how far the train loss rises within this distance of the parameters; "
          "0 = not"),
      make_key(
          "flatness.sharpness-draws", whole_number(2, 1'000'000),
          [](auto& c) -> auto& { return c.flatness.sharpness_draws; },
          "pairs of opposite directions that the average sharpness is estimated from"),
      make_key(
          "flatness.trace-probes", whole_number(0, 1'000'000),
          [](auto& c) -> auto& { return c.flatness.trace_probes; },
          "also estimate the trace by Hutchinson's method and Hutch++ from so many probes, as a "
          "cross-check; 0 = not"),
      make_key(
          "flatness.lower-bound", unavailable(),
          [](auto& c) -> auto& { return c.flatness.lower_bound; },
          "also compute the dual bound on the flatness of every interpolator"),

      make_key(
          "output.networks", boolean(), [](auto& c) -> auto& { return c.output.networks; },
          "store the trained networks"),
      make_key(
          "output.data", boolean(), [](auto& c) -> auto& { return c.output.data; },
          "store the data sets"),
      make_key(
          "output.history", whole_number(0, 10'000),
          [](auto& c) -> auto& { return c.output.history; },
          "number of checkpoints of the history, at log-spaced steps"),
      does_not_identify(make_key(
          "output.writer", choice(k_writers), [](auto& c) -> auto& { return c.output.writer; },
          "who writes the results: every rank its own (parallel), or rank 0 what the others send "
          "it "
          "(gather), where MPI-IO cannot be trusted, as on NFS; the file is the same")),
  };
}

/// Least number of insertions, deletions and replacements of a character between two words.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  // distance[j]: between the characters of `from` seen so far and the first j of `to`.
  std::vector<std::size_t> distance(to.size() + 1);
  std::iota(distance.begin(), distance.end(), std::size_t{0});
  for (const char character : from) {
    std::size_t diagonal = distance[0]++;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = diagonal + (character == to[j - 1] ? 0 : 1);
      diagonal = distance[j];
      distance[j] = std::min({replaced, distance[j] + 1, distance[j - 1] + 1});
    }
  }
  return distance.back();
}

std::string_view without_section(std::string_view name) { return name.substr(name.find('.') + 1); }

const ConfigurationKey* find_key(std::string_view name) {
  const auto keys = configuration_keys();
  const auto found = std::ranges::find(keys, name, &ConfigurationKey::name);
  return found == keys.end() ? nullptr : &*found;
}

/// "unknown; did you mean 'grid.width'?": the key meant is the nearest one, a wrong or missing
/// section counting as one mistake.
std::string unknown_key_message(std::string_view name) {
  if (name == "grid.method") return "is called grid.algorithm since version 0.2";
  constexpr std::size_t k_longest_guessed = 100;  // the edit distance takes quadratic time
  if (name.size() > k_longest_guessed) return "unknown";
  const auto mistakes = [name](const ConfigurationKey& key) {
    return std::min(edit_distance(name, key.name),
                    1 + edit_distance(without_section(name), without_section(key.name)));
  };
  const auto keys = configuration_keys();
  const auto nearest = std::ranges::min_element(keys, {}, mistakes);
  if (3 * mistakes(*nearest) > std::max<std::size_t>(name.size(), 3)) return "unknown";
  return fmt::format("unknown; did you mean '{}'?", nearest->name);
}

/// What the user gave for a key, and where: a file or `--set`.
struct Given {
  std::string source;
  std::string text;
};
using GivenValues = std::map<std::string, Given, std::less<>>;

[[noreturn]] void refuse_key(std::string_view source, const std::string& name,
                             std::string_view reason) {
  throw Error(fmt::format("{}: key {}: {}", source, in_quotes(name), reason));
}

void add_given(GivenValues& values, const std::string& name, const Given& given) {
  if (find_key(name) == nullptr) refuse_key(given.source, name, unknown_key_message(name));
  if (!values.try_emplace(name, given).second) refuse_key(given.source, name, "given twice");
}

GivenValues read_ini(std::istream& stream, const std::string& source) {
  std::string text;
  for (char character = 0; text.size() <= k_most_bytes && stream.get(character);) text += character;
  if (stream.bad()) throw Error(fmt::format("{}: cannot be read", source));
  if (text.size() > k_most_bytes || text.find('\0') != std::string::npos) {
    throw Error(fmt::format("{}: is not a configuration: it must be a text of at most {} bytes",
                            source, k_most_bytes));
  }
  constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(k_byte_order_mark)) text.erase(0, k_byte_order_mark.size());

  namespace po = boost::program_options;
  GivenValues values;
  try {
    std::istringstream lines(text);
    // Boost splits the text; the keys are ours, so to Boost each of them is an unregistered one.
    const auto parsed = po::parse_config_file(lines, po::options_description(), true);
    for (const auto& option : parsed.options) {
      add_given(values, option.string_key, {source, option.value.at(0)});
    }
  } catch (const po::invalid_config_file_syntax& error) {
    throw Error(fmt::format("{}: line {}: must be '[section]', 'key = value' or '# comment'",
                            source, in_quotes(error.tokens())));
  }
  return values;
}

GivenValues read_overrides(std::span<const std::string> overrides) {
  GivenValues values;
  for (const std::string& text : overrides) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
      throw Error(fmt::format("--set: {} must be section.key=value", in_quotes(text)));
    }
    const std::string name(trimmed(std::string_view(text).substr(0, equals)));
    const std::string value(trimmed(std::string_view(text).substr(equals + 1)));
    add_given(values, name, {"--set", value});
  }
  return values;
}

/// A key whose value does not go with the others.
struct Conflict {
  std::string key;
  std::string reason;
};

/// The power of ||x|| with which the faster of network and target grow.
double growth(const Configuration& configuration) {
  const ProblemSettings& problem = configuration.problem;
  int target = 0;
  if (problem.target == "sum") {
    const auto link = make_link(problem).polynomial.value_or(HalfLinePolynomial{});
    for (int p = 1; p < std::ssize(link.right); ++p) {
      const auto at = static_cast<std::size_t>(p);
      if (link.right[at] != 0 || link.left[at] != 0) target = p;
    }
  } else if (problem.target == "max") {
    target = 1;
  } else if (problem.target != "parity") {
    target = static_cast<int>(problem.indices);
  }
  return std::max(target, make_activation<double>(configuration.network)->degree());
}

/// What single algorithms ask of the problem.
std::optional<Conflict> find_algorithm_conflict(const Configuration& configuration) {
  const Axes& grid = configuration.grid;
  const ProblemSettings& problem = configuration.problem;
  const auto has_algorithm = [&grid](std::string_view name) {
    return std::ranges::find(grid.algorithm, name) != grid.algorithm.end();
  };
  if (problem.inputs == "file") {
    for (const std::string_view algorithm : {"teacher", "approximation"}) {
      if (!has_algorithm(algorithm)) continue;
      return Conflict{
          "problem.inputs",
          fmt::format("the algorithm {} needs a target with a formula, not the labels of a file",
                      algorithm)};
    }
    if (has_algorithm("corrupted")) {
      return Conflict{"problem.inputs",
                      "the algorithm corrupted needs further inputs of the same law, "
                      "not those of a file"};
    }
  }
  if (has_algorithm("teacher")) {
    if (problem.target != "sum") {
      return Conflict{"problem.target",
                      "the algorithm teacher needs a target that a network can be: "
                      "sum"};
    }
    const auto activation = make_activation<double>(configuration.network);
    const auto representation = represent_target(problem, *activation);
    if (!representation) {
      return Conflict{
          "problem.link",
          fmt::format("the algorithm teacher needs a link that is a sum of neurons, and "
                      "network.activation = {} cannot represent this one",
                      configuration.network.activation)};
    }
    const Index needed = teacher_width(*representation, problem.indices);
    if (std::ranges::min(grid.width) < needed) {
      return Conflict{
          "grid.width",
          fmt::format("must be at least {} everywhere, since the algorithm teacher needs "
                      "{} for each of the problem.indices = {}",
                      needed, needed > problem.indices ? "two neurons" : "a neuron",
                      problem.indices)};
    }
  }
  if (has_algorithm("memorizer") && std::ranges::min(grid.width) < std::ranges::max(grid.samples)) {
    return Conflict{
        "grid.width",
        fmt::format("must be at least {} everywhere, since the algorithm memorizer needs "
                    "a neuron for each of the grid.samples",
                    std::ranges::max(grid.samples))};
  }
  return std::nullopt;
}

std::optional<Conflict> find_conflict(const Configuration& configuration) {
  const Axes& grid = configuration.grid;
  const ProblemSettings& problem = configuration.problem;

  double points = 1;
  for (const std::int64_t extent : grid.shape()) points *= static_cast<double>(extent);
  if (points > static_cast<double>(k_most_points)) {
    return Conflict{"grid.seed",
                    fmt::format("the grid has {:g} points, more than {}", points, k_most_points)};
  }
  if (problem.inputs != "file" && problem.directions == "orthonormal" &&
      problem.indices > problem.dimension) {
    return Conflict{"problem.indices",
                    fmt::format("must be at most problem.dimension = {} for orthonormal directions",
                                problem.dimension)};
  }
  if (!problem.coefficients.empty()) {
    if (std::ssize(problem.coefficients) != problem.indices) {
      return Conflict{"problem.coefficients",
                      fmt::format("must be problem.indices = {} numbers, but there are {}",
                                  problem.indices, problem.coefficients.size())};
    }
    if (std::ranges::all_of(problem.coefficients, [](double c) { return c == 0; })) {
      return Conflict{"problem.coefficients", "must not all be zero"};
    }
  }
  if ((problem.inputs == "file") != !problem.data_file.empty()) {
    return Conflict{"problem.data-file", "must be given with problem.inputs = file, and only then"};
  }
  if (problem.target != "sum") {
    if (problem.link != ProblemSettings{}.link) {
      return Conflict{"problem.link", fmt::format("must be left at {}: only problem.target = sum "
                                                  "has a link",
                                                  ProblemSettings{}.link)};
    }
    if (!problem.coefficients.empty()) {
      return Conflict{"problem.coefficients",
                      "must be left at alternating: only problem.target = sum has coefficients"};
    }
  }
  if (problem.inputs == "student-t") {
    const double needed = 4 * growth(configuration);
    if (problem.degrees_of_freedom <= needed) {
      return Conflict{
          "problem.degrees-of-freedom",
          fmt::format("must be above {}, since network or target grow like the power {} "
                      "of the inputs: else the population loss has no standard error",
                      needed, needed / 4)};
    }
  }
  return find_algorithm_conflict(configuration);
}

}  // namespace

std::span<const ConfigurationKey> configuration_keys() {
  static const std::vector<ConfigurationKey> keys = make_keys();
  return keys;
}

Configuration parse_configuration(std::istream& stream, const std::string& source,
                                  std::span<const std::string> overrides) {
  GivenValues given = read_overrides(overrides);
  given.merge(read_ini(stream, source));  // an override stays, the file's value is left behind

  Configuration configuration;
  for (const ConfigurationKey& key : configuration_keys()) {
    const auto found = given.find(key.name);
    if (found == given.end()) {
      if (!key.default_text.empty()) continue;
      refuse_key(source, std::string(key.name), "missing; must be " + key.domain);
    }
    const auto& [value_source, text] = found->second;
    try {
      key.assign(configuration, text);
    } catch (const Error& error) {
      refuse_key(value_source, std::string(key.name),
                 fmt::format("value {}: {}", in_quotes(text), error.what()));
    }
  }
  if (const auto conflict = find_conflict(configuration)) {
    const auto found = given.find(conflict->key);
    refuse_key(found == given.end() ? source : found->second.source, conflict->key,
               fmt::format("value {}: {}", in_quotes(find_key(conflict->key)->text(configuration)),
                           conflict->reason));
  }
  return configuration;
}

Configuration read_configuration(const std::filesystem::path& file,
                                 std::span<const std::string> overrides) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    throw Error(fmt::format("{}: is a directory, not a configuration file", file.string()));
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw Error(fmt::format("{}: cannot be opened: {}", file.string(),
                            std::generic_category().message(errno)));
  }
  return parse_configuration(stream, file.string(), overrides);
}

std::string canonical_text(const Configuration& configuration) {
  std::string text;
  std::string_view section;
  for (const ConfigurationKey& key : configuration_keys()) {
    const std::string_view key_section = key.name.substr(0, key.name.find('.'));
    if (key_section != section) {
      text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", key_section);
      section = key_section;
    }
    text += fmt::format("{} = {}\n", without_section(key.name), key.text(configuration));
  }
  return text;
}

std::string identity_text(const Configuration& configuration) {
  std::string text;
  for (const ConfigurationKey& key : configuration_keys()) {
    if (key.identifies) text += fmt::format("{} = {}\n", key.name, key.text(configuration));
  }
  return text;
}

const ConfigurationKey* first_difference(const Configuration& here, const Configuration& there) {
  for (const ConfigurationKey& key : configuration_keys()) {
    if (key.identifies && key.text(here) != key.text(there)) return &key;
  }
  return nullptr;
}

std::vector<std::int64_t> checkpoint_steps(const Configuration& configuration) {
  const std::int64_t last = configuration.training.steps;
  const std::int64_t count = std::min(configuration.output.history, last);
  std::vector<std::int64_t> steps;
  for (std::int64_t k = 0; k < count; ++k) {
    // last^(k / (count - 1)), a convex sequence from 1 to last: where its values are less than one
    // apart, at its beginning, they are moved up to distinct ones, and that never exceeds last.
    const double fraction =
        count == 1 ? 1.0 : static_cast<double>(k) / static_cast<double>(count - 1);
    const std::int64_t step = std::llround(std::pow(static_cast<double>(last), fraction));
    steps.push_back(steps.empty() ? step : std::max(step, steps.back() + 1));
  }
  return steps;
}

}  // namespace flatgrid
