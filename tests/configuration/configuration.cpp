// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/configuration/absent.hpp"
#include "flatgrid/configuration/reading.hpp"
#include "scratch.hpp"

using namespace flatgrid;
using namespace flatgrid::configuration;
using Catch::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

const std::string k_axes =
    "[grid]\nalgorithm = teacher, lazy\nsamples = 100\nnoise = 0, 0.1\nwidth = 30..32, 50\nseed = "
    "0..2\n";

Configuration parse(const std::string& text, const std::vector<std::string>& overrides = {}) {
  std::istringstream stream(text);
  return parse_configuration(stream, "demo.cfg", overrides);
}

/// The message with which a configuration is refused.
std::string refusal(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    parse(text, overrides);
  } catch (const Error& error) {
    const std::string message = error.what();
    CHECK(message.find('\n') == std::string::npos);
    return message;
  }
  return "accepted";
}

/// The axes with one of them given otherwise.
std::string axes_with(const std::string& name, const std::string& value) {
  std::istringstream lines(k_axes);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    text += (line.starts_with(name + " ") ? name + " = " + value : line) + "\n";
  }
  return text;
}

struct ScratchFolder : test::Folder {
  [[nodiscard]] std::filesystem::path write(const std::string& name,
                                            const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return path / name;
  }
};

}  // namespace

TEST_CASE("five axes make a configuration, everything else has a default") {
  const Configuration configuration = parse(k_axes);
  CHECK(configuration.grid.algorithm == std::vector<AlgorithmEntry>{"teacher", "lazy"});
  CHECK(configuration.grid.samples == std::vector<std::int64_t>{100});
  CHECK(configuration.grid.noise == std::vector<double>{0, 0.1});
  CHECK(configuration.grid.width == std::vector<std::int64_t>{30, 31, 32, 50});
  CHECK(configuration.grid.seed == std::vector<std::int64_t>{0, 1, 2});
  CHECK(configuration.training.steps == algorithm::TrainingSettings{}.steps);
  CHECK_FALSE(configuration.training.learning_rate.has_value());
  CHECK(configuration.problem.coefficients.empty());
  CHECK(configuration.problem.data_file.empty());
}

TEST_CASE("keys of every section are read into their members") {
  const Configuration configuration = parse(k_axes + R"(
[problem]
dimension = 20
inputs = gaussian
target = sum
link = relu
indices = 2
directions = random
coefficients = +1, -0.5
noise-law = rademacher
[network]
activation = relu
leaky-slope = 0.25
[training]
steps = 12345
learning-rate = 1e-3
initial-scale = .5
lazy-scale = 8
batch = 16
momentum = 0
label-noise = 0.3
sam-radius = 0.01
flow-tolerance = 0.002
handover-loss = 1e-6
interpolation-tolerance = 1e-20
precision = double
[flatness]
top-eigenvalue = true
frobenius-norm = true
tangent-kernel = true
sharpness-radius = 0.01
sharpness-draws = 7
trace-probes = 30
index-spectrum = true
[random-features]
flattest = yes
[flattest]
tolerance = 1e-4
rounds = 9
starts = 11
[output]
networks = false
data = false
history = 7
writer = parallel
)");
  const problem::ProblemSettings& problem = configuration.problem;
  CHECK(problem.dimension == 20);
  CHECK(problem.inputs == "gaussian");
  CHECK(problem.target == "sum");
  CHECK(problem.link == "relu");
  CHECK(problem.indices == 2);
  CHECK(problem.directions == "random");
  CHECK(problem.coefficients == std::vector<double>{1, -0.5});
  CHECK(problem.noise_law == "rademacher");
  CHECK(configuration.network.activation == "relu");
  CHECK(configuration.network.leaky_slope == 0.25);
  const algorithm::TrainingSettings& training = configuration.training;
  CHECK(training.steps == 12345);
  CHECK(training.learning_rate == 1e-3);
  CHECK(training.initial_scale == 0.5);
  CHECK(training.lazy_scale == 8);
  CHECK(training.random_features.flattest);
  CHECK(training.batch == 16);
  CHECK(training.momentum == 0);
  CHECK(training.label_noise == 0.3);
  CHECK(training.sam_radius == 0.01);
  CHECK(training.flow_tolerance == 0.002);
  CHECK(training.handover_loss == 1e-6);
  CHECK(training.interpolation_tolerance == 1e-20);
  CHECK(training.precision == "double");
  const FlatnessSettings& flatness = configuration.flatness;
  CHECK(flatness.top_eigenvalue);
  CHECK(flatness.frobenius_norm);
  CHECK(flatness.tangent_kernel);
  CHECK(flatness.sharpness_radius == 0.01);
  CHECK(flatness.sharpness_draws == 7);
  CHECK(flatness.trace_probes == 30);
  CHECK(flatness.index_spectrum);
  CHECK_FALSE(configuration.output.networks);
  CHECK_FALSE(configuration.output.data);
  CHECK(configuration.output.history == 7);
  CHECK(configuration.output.writer == "parallel");
}

TEST_CASE("the table of keys is complete and its defaults are values of their keys") {
  std::set<std::string_view> names;
  for (const ConfigurationKey& key : configuration_keys()) {
    CAPTURE(key.name);
    CHECK(names.insert(key.name).second);
    CHECK_FALSE(key.domain.empty());
    CHECK_FALSE(key.description.empty());
    CHECK(key.default_text.empty() == key.name.starts_with("grid."));
    if (!key.default_text.empty()) {
      Configuration configuration;
      key.assign(configuration, key.default_text);
      CHECK(key.text(configuration) == key.default_text);
    }
  }
}

TEST_CASE("comments, blanks, empty lines, foreign line ends and a byte-order mark are harmless") {
  const std::string expected = canonical_text(parse(k_axes));
  std::string windows = k_axes;
  for (std::size_t at = 0; (at = windows.find('\n', at)) != std::string::npos; at += 2) {
    windows.replace(at, 1, "\r\n");
  }
  CHECK(canonical_text(parse(windows)) == expected);
  CHECK(canonical_text(parse("\xEF\xBB\xBF" + k_axes)) == expected);
  CHECK(canonical_text(parse("# a comment\n\n" + k_axes + "\n  # another = one\n")) == expected);
  CHECK(canonical_text(parse(axes_with("width", "  30 .. 32 ,50   # a range"))) == expected);
  CHECK(canonical_text(parse(k_axes.substr(0, k_axes.size() - 1))) == expected);
  CHECK(canonical_text(parse(k_axes + "[training]\n[output]\n")) == expected);
}

TEST_CASE("a value outside its domain is refused with file, key, value and domain") {
  struct Row {
    std::string key, value, reason;
  };
  const std::string widths = "must be a list of whole numbers from 1 to 1000000";
  const std::string noises = "must be a list of numbers from 0 to 1000000";
  const auto [key, value, reason] = GENERATE_COPY(values<Row>({
      {"grid.width", "-3", widths},
      {"grid.width", "0", widths},
      {"grid.width", "1000001", widths},
      {"grid.width", "99999999999999999999", widths},
      {"grid.width", "abc", widths},
      {"grid.width", "2.5", widths},
      {"grid.width", "1e3", widths},
      {"grid.width", "0x20", widths},
      {"grid.width", "++4", widths},
      {"grid.width", "+-4", widths},
      {"grid.width", "10 20", widths},
      {"grid.width", "10; 20", widths},
      {"grid.width", "10, abc", widths + "; 'abc' is not one"},
      {"grid.width", "0..5", widths + "; '0' is not one"},
      {"grid.width", "1...3", widths},
      {"grid.width", "1..", widths},
      {"grid.width", "..3", widths},
      {"grid.width", "1..x", widths},
      {"grid.width", "1..0", widths + "; the range 1..0 is empty"},
      {"grid.width", "5, 19..7", widths + "; the range 19..7 is empty"},
      {"grid.width", "", widths + "; it is empty"},
      {"grid.width", "10,,20", widths + "; a value in it is empty"},
      {"grid.width", "10,", widths + "; a value in it is empty"},
      {"grid.width", ",", widths + "; a value in it is empty"},
      {"grid.width", "10, 20, 10", widths + "; '10' stands in it twice"},
      {"grid.width", "20, 10..30", widths + "; '20' stands in it twice"},
      {"grid.seed", "-1", "must be a list of whole numbers from 0 to 9223372036854775807"},
      {"grid.seed", "0..100000",
       "must be a list of whole numbers from 0 to 9223372036854775807; it has more than 100000 "
       "values"},
      {"grid.seed", "0..9223372036854775807",
       "must be a list of whole numbers from 0 to 9223372036854775807; it has more than 100000 "
       "values"},
      {"grid.noise", "abc", noises},
      {"grid.noise", "-0.1", noises},
      {"grid.noise", "nan", noises},
      {"grid.noise", "inf", noises},
      {"grid.noise", "1e999", noises},
      {"grid.noise", "1e-999", noises},
      {"grid.noise", "0.1x", noises},
      {"grid.noise", "0,1 ,0.5.", noises + "; '0.5.' is not one"},
      {"grid.noise", "0.1, 1e-1", noises + "; '1e-1' stands in it twice"},
      {"grid.noise", "0, -0", noises + "; '-0' stands in it twice"},
      {"grid.algorithm", "newton", "must be a list of names out of: teacher, gradient-flow"},
      {"grid.algorithm", "Teacher", "must be a list of names out of: teacher"},
      {"grid.algorithm", "lazy, lazy", "must be a list of names out of: teacher, gradient-flow"},
      {"problem.dimension", "0", "must be a whole number from 1 to 100000"},
      {"problem.dimension", "10, 20", "must be a whole number from 1 to 100000"},
      {"problem.dimension", "", "must be a whole number from 1 to 100000"},
      {"problem.directions", "diagonal", "must be one of: orthonormal, random, axes"},
      {"problem.coefficients", "Alternating", "must be 'alternating' or a list of numbers"},
      {"problem.coefficients", "1, 2, nan",
       "must be 'alternating' or a list of numbers from -1000000 to 1000000; 'nan' is not one"},
      {"problem.data-file", "", "must be 'none' or a path"},
      {"network.leaky-slope", "1.5", "must be a number from 0 to 1"},
      {"training.steps", "0", "must be a whole number from 1 to 1000000000000"},
      {"training.learning-rate", "0", "must be 'auto' or a number from 1e-12 to 1000000"},
      {"training.learning-rate", "automatic", "must be 'auto' or a number from 1e-12 to 1000000"},
      {"training.momentum", "1", "must be a number from 0 to 0.9999"},
      {"training.interpolation-tolerance", "0", "must be a number from 1e-30 to 1"},
      {"training.precision", "half", "must be one of: double, float"},
      {"flattest.rounds", "0", "must be a whole number from 1 to 1000000"},
      {"flatness.top-eigenvalue", "1", "must be true or false"},
      {"flatness.sharpness-radius", "-1", "must be a number from 0 to 1000000"},
      {"flatness.sharpness-draws", "1", "must be a whole number from 2 to 1000000"},
      {"output.networks", "yes", "must be true or false"},
      {"output.history", "-1", "must be a whole number from 0 to 10000"},
      {"output.writer", "serial", "must be one of: parallel, gather"},
  }));
  CAPTURE(key, value);

  const std::string expected = fmt::format("key '{}': value '{}': {}", key, value, reason);
  CHECK_THAT(refusal(k_axes, {key + "=" + value}), StartsWith("--set: " + expected));
  const std::string text = key.starts_with("grid.")
                               ? axes_with(key.substr(5), value)
                               : k_axes + "[" + key.substr(0, key.find('.')) + "]\n" +
                                     key.substr(key.find('.') + 1) + " = " + value + "\n";
  CHECK_THAT(refusal(text), StartsWith("demo.cfg: " + expected));
}

TEST_CASE("a missing axis is refused by name") {
  for (const std::string_view axis : k_axis_names) {
    std::istringstream lines(k_axes);
    std::string text;
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with(axis)) text += line + "\n";
    }
    CHECK_THAT(refusal(text), StartsWith(fmt::format("demo.cfg: key 'grid.{}': missing; must be "
                                                     "a list of ",
                                                     axis)));
  }
  CHECK_THAT(refusal(""), StartsWith("demo.cfg: key 'grid.algorithm': missing"));
}

TEST_CASE("unknown keys are refused with the key that was probably meant") {
  CHECK(refusal(k_axes + "widht = 3\n") ==
        "demo.cfg: key 'grid.widht': unknown; did you mean 'grid.width'?");
  CHECK(refusal(k_axes + "[training]\nstep = 3\n") ==
        "demo.cfg: key 'training.step': unknown; did you mean 'training.steps'?");
  CHECK(refusal(k_axes + "[training]\nlearning_rate = 3\n") ==
        "demo.cfg: key 'training.learning_rate': unknown; did you mean 'training.learning-rate'?");
  CHECK(refusal(k_axes + "momentum = 0.5\n") ==
        "demo.cfg: key 'grid.momentum': unknown; did you mean 'training.momentum'?");
  CHECK(refusal("seed = 3\n" + k_axes) ==
        "demo.cfg: key 'seed': unknown; did you mean 'grid.seed'?");
  CHECK(refusal(k_axes + "[colour]\nfavourite = blue\n") ==
        "demo.cfg: key 'colour.favourite': unknown");
  CHECK(refusal(k_axes, {"training.stpes=3"}) ==
        "--set: key 'training.stpes': unknown; did you mean 'training.steps'?");
  CHECK(refusal(k_axes, {"=3"}) == "--set: key '': unknown");
}

TEST_CASE("a key is suggested only if at most a third of the characters after the section differ") {
  for (const auto& [given, meant] :
       std::vector<std::pair<std::string, std::string>>{{"trainig.steps", "training.steps"},
                                                        {"training.setps", "training.steps"},
                                                        {"steps", "training.steps"},
                                                        {"training.width", "grid.width"},
                                                        {"network.link", "problem.link"}}) {
    CHECK_THAT(refusal("[grid]\n", {given + "=1"}),
               EndsWith("unknown; did you mean '" + meant + "'?"));
  }
  for (const std::string given : {"network.mass", "network.bath", "output.x", "problem.width2d"}) {
    CHECK_THAT(refusal("[grid]\n", {given + "=1"}), EndsWith("'" + given + "': unknown"));
  }
}

TEST_CASE(
    "keys and values of features that flatgrid does not have are refused with an explanation") {
  CHECK_THAT(
      refusal("[network]\nintercept = yes\n"),
      StartsWith("demo.cfg: key 'network.intercept': unknown: network.bias = trained gives"));
  for (const std::string key : {"network.depth", "network.hidden_layers"}) {
    CHECK_THAT(refusal("[grid]\n", {key + "=3"}), Contains("unknown: network.layers = L puts"));
  }
  CHECK_THAT(refusal(k_axes, {"training.loss=cross-entropy"}),
             Contains("the train loss is the squared error"));
  CHECK_THAT(
      refusal(axes_with("algorithm", "lazy, RMSprop")),
      Contains(
          "'RMSprop' is not one; of algorithms that adapt the step to each parameter there is adam "
          "alone"));
  // No word is that of a key or an algorithm.
  for (const ConfigurationKey& key : configuration_keys()) {
    CHECK(explain_absent(key.name).empty());
  }
  for (const algorithm::Algorithm& algorithm : algorithm::Algorithm::table()) {
    CHECK(explain_absent(algorithm.name).empty());
  }
}

TEST_CASE("a key that is set and has no effect gets a warning") {
  const auto warnings = [](const std::string& text, const std::vector<std::string>& overrides) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    parse_configuration(stream, "demo.cfg", overrides,
                        [&](const std::string& line) { lines.push_back(line); });
    return lines;
  };
  const auto axes = axes_with("algorithm", "sgd, random-features");
  CHECK(warnings(axes, {}).empty());  // of defaults nothing is said
  CHECK(warnings(axes, {"training.batch=100", "training.momentum=0.9"}).empty());
  CHECK(warnings(axes + "[training]\ntemperature = 0.1\n", {"training.sam-radius=0.05"}) ==
        std::vector<std::string>{
            "--set: key 'training.sam-radius': value '0.05': has no effect: none of grid.algorithm "
            "reads it, only sam does",
            "demo.cfg: key 'training.temperature': value '0.1': has no effect: none of "
            "grid.algorithm reads it, only mean-field-langevin does"});
  CHECK(warnings(axes_with("algorithm", "random-features"), {"training.initial-scale=1"}).size() ==
        1);
  CHECK(warnings(axes_with("algorithm", "sgd, sam"), {"training.sam-radius=0.1"}).empty());
  CHECK(
      warnings(axes, {"training.batch=101"}) ==
      std::vector<std::string>{"--set: key 'training.batch': value '101': is above grid.samples = "
                               "100: there a batch has all samples"});
  CHECK(warnings(axes, {"grid.samples=50, 100", "training.batch=64"}) ==
        std::vector<std::string>{"--set: key 'training.batch': value '64': is above grid.samples = "
                                 "50: there a batch has all samples"});
  // Only a batch that does not divide the samples leaves some of them.
  CHECK(warnings(axes, {"training.batches=whole-epochs"}).empty());
  CHECK(warnings(axes, {"training.batches=whole-epochs", "training.batch=25"}) ==
        std::vector<std::string>{"--set: key 'training.batches': value 'whole-epochs': has no "
                                 "effect: every batch of an epoch has training.batch samples, or "
                                 "all samples"});
  CHECK(warnings(axes, {"training.batches=draws", "training.batch=25"}).empty());
  // The flow follows on descents with weight decay alone.
  CHECK(warnings(axes, {"training.weight-decay=0.1", "training.flow-tolerance=0.01"}).empty());
  CHECK(warnings(axes, {"training.flow-tolerance=0.01"}).size() == 1);
  CHECK(warnings(axes, {"training.weight-decay=0.1", "training.flow-tolerance=0.01",
                        "training.polish=no"})
            .size() == 1);
  CHECK(warnings(axes_with("algorithm", "flattest"), {"flattest.tolerance=1e-8"}) ==
        std::vector<std::string>{"--set: key 'flattest.tolerance': value '1e-8': is below 0.0002, "
                                 "the smallest value if not every face can be visited"});
  CHECK(warnings(axes_with("algorithm", "flattest"),
                 {"flattest.tolerance=1e-8", "problem.dimension=2", "problem.indices=2"})
            .empty());
  // Who gives all keys has copied them: only what differs from the defaults was meant.
  const std::string all = canonical_text(parse(axes));
  CHECK(warnings(all, {}).empty());
  CHECK(warnings(all, {"training.sam-radius=0.3"}).size() == 1);
}

TEST_CASE("every algorithm is described, and reads keys that exist") {
  for (const algorithm::Algorithm& algorithm : algorithm::Algorithm::table()) {
    CAPTURE(algorithm.name);
    CHECK_FALSE(algorithm.description.empty());
    CHECK_FALSE(algorithm.ending.empty());
    for (const auto& keys : {algorithm.keys, algorithm.keys_above_degree_1}) {
      for (const std::string_view name : keys) {
        CAPTURE(name);
        CHECK(std::ranges::count(configuration_keys(), name, &ConfigurationKey::name) == 1);
      }
    }
  }
}

TEST_CASE("a key given twice is refused") {
  CHECK(refusal(k_axes + "seed = 5\n") == "demo.cfg: key 'grid.seed': given twice");
  CHECK(refusal(k_axes + "[output]\ndata = true\n[grid]\n[output]\ndata = true\n") ==
        "demo.cfg: key 'output.data': given twice");
  CHECK(refusal(k_axes, {"output.data=true", "output.data=true"}) ==
        "--set: key 'output.data': given twice");
}

TEST_CASE("a file that is not an INI file is refused") {
  CHECK(refusal(k_axes + "networks\n") ==
        "demo.cfg: line 'networks': must be '[section]', 'key = value' or '# comment'");
  CHECK_THAT(refusal("[grid\n"), StartsWith("demo.cfg: line '[grid': must be"));
  CHECK_THAT(refusal(k_axes + "; semicolons begin no comment\n"), Contains("must be '[section]'"));
  CHECK_THAT(refusal(std::string("\x89HDF\r\n\x1a\n\0\0\0", 11)),
             StartsWith("demo.cfg: is not a configuration"));
  CHECK_THAT(refusal(k_axes + std::string(17 * 1024 * 1024, '#')),
             StartsWith("demo.cfg: is not a configuration"));
  CHECK_THAT(refusal(k_axes + "[]\nx = 1\n"), Contains("unknown"));
}

TEST_CASE("messages about a long value are one short line") {
  const std::string message = refusal(k_axes, {"grid.width=1\n\t" + std::string(100000, 'x')});
  CHECK_THAT(message, StartsWith("--set: key 'grid.width': value '1??xxx"));
  CHECK(message.size() < 300);
  const std::string list = refusal(k_axes, {"grid.width=1, " + std::string(100000, 'x')});
  CHECK(list.size() < 500);
}

TEST_CASE("overrides (--set) replace the values of the file") {
  CHECK(parse(k_axes + "[training]\nsteps = 5\n", {"training.steps=7"}).training.steps == 7);
  CHECK(parse(k_axes + "[training]\nsteps = bad\n", {" training.steps = 7 "}).training.steps == 7);
  CHECK(parse("", {"grid.algorithm=lazy", "grid.samples=9", "grid.noise=0", "grid.width=4",
                   "grid.seed=1"})
            .grid.points() == 1);
  CHECK(refusal(k_axes, {"training.steps"}) == "--set: 'training.steps' must be section.key=value");
  CHECK(refusal(k_axes, {""}) == "--set: '' must be section.key=value");
}

TEST_CASE("an algorithm given twice is refused") {
  CHECK_THAT(refusal(axes_with("algorithm", "lazy, teacher, lazy")),
             EndsWith("; 'lazy' stands in it twice"));
}

TEST_CASE("problems that an algorithm or law cannot have are refused") {
  const std::string lazy = axes_with("algorithm", "lazy");
  // Links and coefficients belong to sums.
  for (const std::string target : {"product", "max", "staircase", "parity"}) {
    CHECK(parse(lazy, {"problem.target=" + target}).problem.target == target);
    CHECK_THAT(refusal(lazy, {"problem.target=" + target, "problem.link=tanh"}),
               StartsWith("--set: key 'problem.link': value 'tanh': must be left at relu"));
    CHECK_THAT(refusal(lazy, {"problem.target=" + target, "problem.coefficients=1, 1, 1"}),
               StartsWith("--set: key 'problem.coefficients': value '1, 1, 1': must be left at"));
    CHECK_THAT(refusal(k_axes, {"problem.target=" + target}),
               StartsWith("--set: key 'problem.target': value '" + target +
                          "': the algorithm teacher needs"));
  }
  // The teacher is a network.
  CHECK_THAT(
      refusal(k_axes, {"problem.link=sin"}),
      StartsWith("--set: key 'problem.link': value 'sin': the algorithm teacher needs a link"));
  CHECK_THAT(refusal(k_axes, {"network.activation=quadratic"}),
             StartsWith("demo.cfg: key 'problem.link': value 'relu': the algorithm teacher needs"));
  CHECK_THAT(refusal(axes_with("width", "5, 6"), {"problem.link=abs"}),
             StartsWith("demo.cfg: key 'grid.width': value '5, 6': must be at least 6 everywhere, "
                        "since the algorithm teacher needs two neurons for each"));
  CHECK(parse(axes_with("width", "6"), {"problem.link=abs"}).problem.link == "abs");
  CHECK(parse(lazy, {"problem.link=sin"}).problem.link == "sin");
  // Heavy tails: the square of a loss that grows like ||x||^2k needs moments of order 4 k.
  const std::string student = "problem.inputs=student-t";
  CHECK(parse(k_axes, {student}).problem.inputs == "student-t");
  CHECK(parse(k_axes, {student, "problem.degrees-of-freedom=4.5"}).problem.degrees_of_freedom ==
        4.5);
  CHECK_THAT(refusal(k_axes, {student, "problem.degrees-of-freedom=4"}),
             StartsWith("--set: key 'problem.degrees-of-freedom': value '4': must be above 4,"));
  CHECK_THAT(refusal(lazy, {student, "problem.link=hermite3", "problem.degrees-of-freedom=12"}),
             Contains("must be above 12,"));
  CHECK_THAT(refusal(lazy, {student, "problem.target=product", "problem.indices=4"}),
             Contains("must be above 16,"));
  CHECK_THAT(refusal(lazy, {student, "network.activation=relu2", "problem.target=parity",
                            "problem.degrees-of-freedom=8"}),
             Contains("must be above 8,"));
  // The labels of a file have no formula.
  const std::vector<std::string> file = {"problem.inputs=file", "problem.data-file=some.h5"};
  CHECK(parse(lazy, file).problem.data_file == "some.h5");
  CHECK_THAT(refusal(lazy, {"problem.inputs=file"}), Contains("must be given with"));
  for (const std::string algorithm : {"teacher", "approximation"}) {
    CHECK_THAT(refusal(axes_with("algorithm", algorithm), file),
               StartsWith("--set: key 'problem.inputs': value 'file': the algorithm " + algorithm));
  }
}

TEST_CASE("values that exclude each other are refused") {
  CHECK(refusal(k_axes + "[problem]\nindices = 11\n") ==
        "demo.cfg: key 'problem.indices': value '11': must be at most problem.dimension = 10 for "
        "orthonormal directions");
  CHECK(refusal(k_axes, {"problem.dimension=2"}) ==
        "demo.cfg: key 'problem.indices': value '3': must be at most problem.dimension = 2 for "
        "orthonormal directions");
  CHECK(parse(k_axes, {"problem.indices=11", "problem.directions=random"}).problem.indices == 11);
  CHECK(refusal(k_axes, {"problem.coefficients=1, 2"}) ==
        "--set: key 'problem.coefficients': value '1, 2': must be problem.indices = 3 numbers, but "
        "there are 2");
  CHECK(refusal(k_axes, {"problem.coefficients=0, 0, -0"}) ==
        "--set: key 'problem.coefficients': value '0, 0, 0': must not all be zero");
  CHECK_THAT(refusal(k_axes, {"problem.data-file=some.h5"}),
             Contains("'problem.data-file': value 'some.h5': must be given with problem.inputs"));
  CHECK_THAT(
      refusal(axes_with("width", "50, 2")),
      StartsWith("demo.cfg: key 'grid.width': value '50, 2': must be at least 3 everywhere, "
                 "since the algorithm teacher needs a neuron for each of the problem.indices"));
  CHECK(parse(axes_with("width", "50, 2"), {"grid.algorithm=lazy"}).grid.width.back() == 2);
  CHECK_THAT(refusal(k_axes, {"grid.seed=0..99999", "grid.samples=1..99999"}),
             Contains("points, more than 1000000000"));
}

TEST_CASE("a file that cannot be read is refused by name") {
  const ScratchFolder folder;
  const std::filesystem::path file = folder.write("grid.cfg", k_axes);
  CHECK(canonical_text(read_configuration(file)) == canonical_text(parse(k_axes)));
  CHECK_THROWS_WITH(
      read_configuration(folder.path / "missing.cfg"),
      (folder.path / "missing.cfg").string() + ": cannot be opened: No such file or directory");
  CHECK_THROWS_WITH(read_configuration(folder.path),
                    folder.path.string() + ": is a directory, not a configuration file");
  CHECK_THROWS_WITH(read_configuration(file / "below"),
                    (file / "below").string() + ": cannot be opened: Not a directory");
  CHECK_THROWS_WITH(read_configuration(folder.write("bad.cfg", k_axes + "nonsense = 1\n")),
                    StartsWith((folder.path / "bad.cfg").string() + ": key 'grid.nonsense'"));
}

TEST_CASE("the canonical text writes runs of numbers as ranges and keeps the order") {
  const auto width_line = [](const std::string& widths) {
    const std::string text =
        canonical_text(parse(axes_with("width", widths), {"problem.indices=1"}));
    const std::size_t begin = text.find("\nwidth = ") + 9;
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  CHECK(width_line("1,2,3,4") == "1..4");
  CHECK(width_line("1,2,4,5") == "1, 2, 4, 5");
  CHECK(width_line("9,1..3,7,5..6") == "9, 1..3, 7, 5, 6");
  CHECK(width_line("3,2,1") == "3, 2, 1");
  CHECK(width_line("007") == "7");

  const Configuration extremes =
      parse(k_axes, {"grid.seed=9223372036854775807, 9223372036854775806, 9223372036854775805, 0",
                     "grid.noise=0.1, 5e-324, 1e-300, 0.30000000000000004, 1, 2, 3"});
  const Configuration again = parse(canonical_text(extremes));
  CHECK(again.grid.seed == extremes.grid.seed);
  CHECK(again.grid.noise == extremes.grid.noise);
  CHECK_THAT(canonical_text(extremes),
             Contains("noise = 0.1, 5e-324, 1e-300, 0.30000000000000004, 1..3\n"));
}

namespace {

/// Random but valid configurations.
class RandomConfigurations {
 public:
  Configuration next() {
    Configuration configuration;
    Axes& grid = configuration.grid;
    for (const std::string_view name : names_of<algorithm::Algorithm>()) {
      // single-index needs frozen biases, which exclude others.
      if (name != "single-index" && coin()) grid.algorithm.emplace_back(name);
    }
    if (grid.algorithm.empty()) grid.algorithm.emplace_back("lazy");
    std::ranges::shuffle(grid.algorithm, engine_);
    grid.samples = distinct([this] { return whole(1, 30); });
    grid.width = distinct([this] { return coin() ? whole(30, 50) : whole(30, 1000000); });
    grid.seed = distinct([this] { return coin() ? whole(0, 9) : whole(0, INT64_MAX); });
    grid.noise =
        distinct([this] { return coin() ? static_cast<double>(whole(0, 5)) : real(-320, 6); });

    problem::ProblemSettings& problem = configuration.problem;
    problem.dimension = whole(20, 100000);
    problem.indices = whole(1, 20);
    problem.directions = coin() ? "random" : "orthonormal";
    problem.noise_law = coin() ? "uniform" : "rademacher";
    if (coin()) {
      for (Index s = 0; s < problem.indices; ++s) {
        problem.coefficients.push_back(coin() ? real(-10, 6) : -static_cast<double>(whole(1, 4)));
      }
    }
    configuration.network.leaky_slope = real(-10, 0);
    algorithm::TrainingSettings& training = configuration.training;
    training.steps = whole(1, 1000000000000);
    if (coin()) training.learning_rate = real(-12, 6);
    training.initial_scale = real(-6, 6);
    training.lazy_scale = real(-6, 6);
    training.batch = whole(1, 1000000);
    training.momentum = real(-10, -1);
    training.label_noise = real(-10, 6);
    training.sam_radius = real(-10, 6);
    if (coin()) training.weight_decay = real(-10, 6);
    training.batches = coin() ? "whole-epochs" : "draws";
    training.flow_tolerance = real(-12, 0);
    training.handover_loss = real(-30, 0);
    training.interpolation_tolerance = real(-30, 0);
    configuration.output.networks = coin();
    configuration.output.data = coin();
    configuration.output.history = whole(0, 10000);
    return configuration;
  }

 private:
  bool coin() { return engine_() % 2 == 0; }
  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  /// A number between 10^low and 10^high, with all its digits.
  double real(double low, double high) {
    return std::pow(10.0, std::uniform_real_distribution<double>(low, high)(engine_));
  }
  template <class Draw>
  std::vector<std::invoke_result_t<Draw>> distinct(Draw draw) {
    std::vector<std::invoke_result_t<Draw>> values;
    const std::int64_t count = whole(1, 12);
    for (std::int64_t k = 0; k < count; ++k) {
      const auto value = draw();
      if (std::ranges::find(values, value) == values.end()) values.push_back(value);
    }
    return values;
  }

  std::mt19937_64 engine_{20260617};
};

}  // namespace

TEST_CASE("the canonical text of any configuration parses back to it exactly") {
  RandomConfigurations configurations;
  for (int k = 0; k < 300; ++k) {
    const Configuration original = configurations.next();
    const std::string text = canonical_text(original);
    CAPTURE(text);
    const Configuration again = parse(text);
    REQUIRE(canonical_text(again) == text);
    REQUIRE(again.grid.algorithm == original.grid.algorithm);
    REQUIRE(again.grid.samples == original.grid.samples);
    REQUIRE(again.grid.noise == original.grid.noise);
    REQUIRE(again.grid.width == original.grid.width);
    REQUIRE(again.grid.seed == original.grid.seed);
    REQUIRE(again.problem.coefficients == original.problem.coefficients);
    REQUIRE(again.problem.dimension == original.problem.dimension);
    REQUIRE(again.training.learning_rate == original.training.learning_rate);
    REQUIRE(again.training.handover_loss == original.training.handover_loss);
    REQUIRE(again.training.steps == original.training.steps);
    REQUIRE(again.output.networks == original.output.networks);
  }
}

TEST_CASE("a mutilated configuration is refused, or parsed into one whose canonical text parses") {
  std::mt19937_64 engine(1);
  const std::string text = canonical_text(parse(k_axes));
  for (int k = 0; k < 500; ++k) {
    std::string mutilated = text;
    for (std::uint64_t change = 0; change <= engine() % 3; ++change) {
      const std::size_t at = engine() % mutilated.size();
      switch (engine() % 3) {
        case 0:
          mutilated[at] = static_cast<char>(engine() % 256);
          break;
        case 1:
          mutilated.erase(at, engine() % 5);
          break;
        default:
          mutilated.insert(at, mutilated.substr(engine() % mutilated.size(), engine() % 9));
      }
    }
    CAPTURE(mutilated);
    std::optional<Configuration> understood;
    try {
      understood = parse(mutilated);
    } catch (const Error&) {
    }
    if (understood) REQUIRE_NOTHROW(parse(canonical_text(*understood)));
  }
}

TEST_CASE("checkpoints are distinct, from the first step to the last, log-spaced") {
  Configuration configuration = parse(k_axes);
  const auto steps_of = [&configuration](std::int64_t steps, std::int64_t history) {
    configuration.training.steps = steps;
    configuration.output.history = history;
    return history_steps(configuration);
  };
  CHECK(steps_of(1000, 4) == std::vector<std::int64_t>{1, 10, 100, 1000});
  CHECK(steps_of(5, 9) == std::vector<std::int64_t>{1, 2, 3, 4, 5});
  CHECK(steps_of(100, 0).empty());
  CHECK(steps_of(100, 1) == std::vector<std::int64_t>{100});
  CHECK(steps_of(1, 16) == std::vector<std::int64_t>{1});

  for (const std::int64_t steps : {2, 3, 7, 16, 17, 100, 12345, 100000}) {
    for (const std::int64_t history : {2, 3, 5, 16, 100, 10000}) {
      CAPTURE(steps, history);
      const std::vector<std::int64_t> checkpoints = steps_of(steps, history);
      REQUIRE(std::ssize(checkpoints) == std::min(steps, history));
      REQUIRE(checkpoints.front() == 1);
      REQUIRE(checkpoints.back() == steps);
      REQUIRE(std::ranges::is_sorted(checkpoints, std::less_equal<>()) == true);
    }
  }
  CHECK(steps_of(1'000'000'000'000, 10000).back() == 1'000'000'000'000);
}
