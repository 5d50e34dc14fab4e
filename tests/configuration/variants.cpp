// SPDX-License-Identifier: MIT
#include "flatgrid/configuration/variants.hpp"

#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/configuration/reading.hpp"

using namespace flatgrid;
using namespace flatgrid::configuration;
using Catch::Contains;

namespace {

using Lines = std::vector<std::string>;

Configuration parse(const std::string& algorithms, const Lines& overrides = {},
                    Lines* warnings = nullptr) {
  std::istringstream stream("[grid]\nalgorithm = " + algorithms +
                            "\nsamples = 100\nnoise = 0\nwidth = 100\nseed = 0\n");
  return parse_configuration(stream, "demo.cfg", overrides, [&](const std::string& line) {
    if (warnings != nullptr) warnings->push_back(line);
  });
}

std::string names(const std::string& algorithms, const Lines& overrides = {}) {
  return algorithms_text(parse(algorithms, overrides).grid.algorithm);
}

/// The error for a list of algorithms, without the words at the beginning that all such errors share.
std::string refusal(const std::string& algorithms, const Lines& overrides = {}) {
  try {
    parse(algorithms, overrides);
  } catch (const Error& error) {
    const std::string message = error.what();
    CHECK(message.find('\n') == std::string::npos);
    const std::string begin = "demo.cfg: key 'grid.algorithm': value ";
    CHECK(message.starts_with(begin));
    return message.substr(begin.size());
  }
  return "accepted";
}

algorithm::TrainingSettings training(const Configuration& configuration, std::size_t position) {
  return configuration_of(configuration, configuration.grid.algorithm[position]).training;
}

}  // namespace

TEST_CASE("a variant is named by its settings, in the order of the keys and as they are written") {
  CHECK(names("sam, sam(sam-radius=0.2)") == "sam, sam(sam-radius=0.2)");
  CHECK(names("sgd( polish = no ,learning-rate=1e-1 )") == "sgd(learning-rate=0.1, polish=no)");
  CHECK(names("sgd(training.steps=+007)") == "sgd(steps=7)");
  CHECK(names("sgd (learning-rate=auto)") == "sgd(learning-rate=auto)");
  CHECK(names("flattest(tolerance=0.001, rounds=3), lazy") ==
        "flattest(tolerance=0.001, rounds=3), lazy");
  const AlgorithmEntry entry = parse("sam(sam-radius=0.2)").grid.algorithm.front();
  CHECK(entry->name == "sam");
  REQUIRE(entry.settings().size() == 1);
  CHECK(entry.settings().front().key == "training.sam-radius");
  CHECK(algorithm_of(entry.name()) == "sam");
}

TEST_CASE("alternatives stand for an entry each, in all combinations, the last varying fastest") {
  CHECK(names("sam(sam-radius=0.1|0.2|0.4)") ==
        "sam(sam-radius=0.1), sam(sam-radius=0.2), sam(sam-radius=0.4)");
  CHECK(names("sgd(batch=8 | 16, learning-rate=0.5|auto), lazy") ==
        "sgd(learning-rate=0.5, batch=8), sgd(learning-rate=auto, batch=8), "
        "sgd(learning-rate=0.5, batch=16), sgd(learning-rate=auto, batch=16), lazy");
}

TEST_CASE("runs of a variant have its settings, all others those of the configuration") {
  const Configuration configuration = parse("sam, sam(sam-radius=0.2), sgd(polish=no, steps=7)",
                                            {"training.sam-radius=0.3", "training.batch=9"});
  CHECK(training(configuration, 0).sam_radius == 0.3);
  CHECK(training(configuration, 1).sam_radius == 0.2);
  CHECK(training(configuration, 2).sam_radius == 0.3);
  CHECK(training(configuration, 1).polish);
  CHECK_FALSE(training(configuration, 2).polish);
  CHECK(training(configuration, 2).steps == 7);
  CHECK(training(configuration, 1).steps == algorithm::TrainingSettings{}.steps);
  for (std::size_t k = 0; k < 3; ++k) CHECK(training(configuration, k).batch == 9);
  CHECK(configuration.training.sam_radius == 0.3);
}

TEST_CASE("the text of a configuration with variants reads back as it") {
  const Configuration configuration =
      parse("sgd(batch=8|16, learning-rate=0.5|auto), flattest(rounds=3), lazy");
  std::istringstream stream(canonical_text(configuration));
  CHECK(parse_configuration(stream, "again").grid.algorithm == configuration.grid.algorithm);
  CHECK(names("lazy", {"grid.algorithm=sam(sam-radius=1|2)"}) ==
        "sam(sam-radius=1), sam(sam-radius=2)");
}

TEST_CASE("what is no variant is refused with what is wrong in it") {
  const auto [text, reason] = GENERATE(table<std::string, std::string>({
      {"lazy, sam(sam-radus=0.2)",
       "'sam(sam-radus=0.2)': sam has no setting 'sam-radus'; did you mean 'sam-radius'?"},
      {"lazy, sam(training.sam-radus=0.2)",
       "'sam(training.sam-radus=0.2)': sam has no setting 'training.sam-radus'; did you mean "
       "'sam-radius'?"},
      {"sgd(sam-radius=0.2)",
       "'sgd(sam-radius=0.2)': sgd does not read 'sam-radius', only initialization, steps, "
       "learning-rate, stability-fraction, initial-scale, batch, batches, momentum, weight-decay, "
       "flow-tolerance, handover-loss, polish, precision; all "
       "else is the same for all algorithms"},
      {"min-norm(width=5)",
       "'min-norm(width=5)': min-norm does not read 'width', only tolerance, rounds, starts; all "
       "else is the same for all algorithms"},
      {"approximation(problem.dimension=5)",
       "'approximation(problem.dimension=5)': approximation does not read 'problem.dimension', "
       "only steps; all else is the same for all algorithms"},
      {"sam(interpolation-tolerance=1e-3)",
       "'sam(interpolation-tolerance=1e-3)': sam does not read 'interpolation-tolerance', only "},
      {"teacher(steps=5)", "'teacher(steps=5)': teacher reads no settings"},
      {"sam(sam-radius=-1)",
       "'sam(sam-radius=-1)': training.sam-radius = '-1' must be a number from 0 to 1000000"},
      {"sam(sam-radius=0.1|)",
       "'sam(sam-radius=0.1|)': training.sam-radius = '' must be a number from 0 to 1000000"},
      {"sgd(polish=maybe)", "'sgd(polish=maybe)': training.polish = 'maybe' must be yes or no"},
      {"sam(sam-radius)", "'sam(sam-radius)': 'sam-radius' must be KEY=VALUE"},
      {"sam()", "'sam()': a setting in it is empty"},
      {"sam(sam-radius=1,)", "'sam(sam-radius=1,)': a setting in it is empty"},
      {"sam(steps=1, training.steps=2)",
       "'sam(steps=1, training.steps=2)': training.steps stands in it twice"},
      {"lazy, sam(sam-radius=1, sgd", "'sam(sam-radius=1, sgd': '(' without ')'"},
      {"lazy, sam)", "'sam)': ')' without '('"},
      {"sam(steps=1)x", "'sam(steps=1)x': nothing may follow ')' but a comma"},
      {"sam(steps=(1)", "'sam(steps=(1)': '(' within parentheses"},
      {"sam(steps=(1))", "'sam(steps=(1))': nothing may follow ')' but a comma"},
      {"sam(sam-radius=1|1)", "must be a list of names out of: teacher, gradient-flow, "},
      {"(steps=1)", "must be a list of names out of: teacher, gradient-flow, "},
      {"sma(sam-radius=1)", "must be a list of names out of: teacher, gradient-flow, "},
  }));
  CAPTURE(text);
  const std::string expected = fmt::format("'{}': {}", text, reason);
  CHECK(refusal(text).substr(0, expected.size()) == expected);
}

TEST_CASE("a mistyped algorithm is guessed, a repeated entry named") {
  CHECK_THAT(refusal("lazzy(steps=5)"), Contains("; did you mean 'lazy'?"));
  CHECK_THAT(refusal("sam(sam-radius=1|1)"), Contains("; 'sam(sam-radius=1)' stands in it twice"));
}

TEST_CASE("more entries than an axis may have are refused before they are made") {
  std::string many = "1";
  for (int k = 2; k <= 400; ++k) many += fmt::format("|{}", k);
  CHECK_THAT(refusal(fmt::format("sgd(steps={0}, batch={0})", many)),
             Contains("there are more than 100000 entries"));
}

TEST_CASE("entries whose points would be the same are refused") {
  CHECK(refusal("sam, sam(sam-radius=0.05)") ==
        "'sam, sam(sam-radius=0.05)': 'sam' and 'sam(sam-radius=0.05)' have the same settings");
  CHECK(refusal("sam, sam(sam-radius=0.2)") == "accepted");
  CHECK_THAT(refusal("sam, sam(sam-radius=0.2)", {"training.sam-radius=2e-1"}),
             Contains("have the same settings"));
  CHECK(refusal("sam(sam-radius=0.05), sgd") == "accepted");
}

TEST_CASE("a setting that this activation makes irrelevant is refused") {
  CHECK(refusal("flattest(steps=5)") ==
        "'flattest(steps=5)': 'flattest(steps=5)': flattest reads training.steps for activations "
        "of degree 2 and 3 only");
  CHECK(refusal("flattest(steps=5)", {"network.activation=relu2"}) == "accepted");
}

TEST_CASE("what a variant must not be is refused as a configuration of its own would be") {
  CHECK(refusal("sgd(precision=float, handover-loss=1e-12)") ==
        "'sgd(handover-loss=1e-12, precision=float)': 'sgd(handover-loss=1e-12, "
        "precision=float)': training.handover-loss: must be at least 1e-10 for training.precision "
        "= float");
}

TEST_CASE("a warning is told of a setting without effect, and of a key that all variants set") {
  const auto warnings = [](const std::string& algorithms, const Lines& overrides = {}) {
    Lines lines;
    parse(algorithms, overrides, &lines);
    return lines;
  };
  CHECK(warnings("sgd(learning-rate=0.1, stability-fraction=0.3)") ==
        Lines{"demo.cfg: key 'grid.algorithm': 'sgd(learning-rate=0.1, stability-fraction=0.3)': "
              "training.stability-fraction has no effect: only training.learning-rate = auto "
              "reads it"});
  CHECK(warnings("sam(sam-radius=0.1|0.2), sgd", {"training.sam-radius=3"}) ==
        Lines{"--set: key 'training.sam-radius': value '3': has no effect: every entry of "
              "grid.algorithm that reads it sets it"});
  CHECK(warnings("sam(sam-radius=0.1), sam", {"training.sam-radius=3"}).empty());
  // sgd sets no learning rate, so the fraction has an effect.
  CHECK(warnings("sgd, sam(learning-rate=0.1)", {"training.stability-fraction=0.3"}).empty());
  CHECK(warnings("sgd(learning-rate=0.1)", {"training.stability-fraction=0.3"}) ==
        Lines{"--set: key 'training.stability-fraction': value '0.3': has no effect: only "
              "training.learning-rate = auto reads it"});
}

TEST_CASE("the history goes on to the most steps that an algorithm of the grid may take") {
  const auto last = [](const std::string& algorithms) {
    return history_steps(parse(algorithms, {"training.steps=1000"})).back();
  };
  CHECK(last("sgd, teacher") == 1000);
  CHECK(last("teacher") == 1000);
  CHECK(last("sgd(steps=50|5000)") == 5000);
  CHECK(last("sgd(steps=50), teacher") == 50);
  CHECK(last("sgd(steps=50), sam") == 1000);
  CHECK(last("sgd(steps=50), flattest") == 50);
}

TEST_CASE("a mutilated list of variants is refused in one line, or understood and written back") {
  std::mt19937_64 engine(20260604);
  const std::string text = "flattest, sam(sam-radius=0.1|0.2, batch=8), sgd(polish=no)";
  const std::string characters = "(),=|. 0am-";
  int understood = 0;
  for (int k = 0; k < 500; ++k) {
    std::string mutilated = text;
    for (std::uint64_t change = 0; change <= engine() % 2; ++change) {
      const std::size_t at = engine() % mutilated.size();
      const char character = characters[engine() % characters.size()];
      switch (engine() % 3) {
        case 0:
          mutilated[at] = character;
          break;
        case 1:
          mutilated.insert(at, 1, character);
          break;
        default:
          mutilated.erase(at, 1);
      }
    }
    CAPTURE(mutilated);
    try {
      const std::vector<AlgorithmEntry> entries = read_algorithms(mutilated);
      ++understood;
      CHECK(read_algorithms(algorithms_text(entries)) == entries);
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find('\n') == std::string::npos);
    }
  }
  CHECK(understood > 20);
  CHECK(understood < 480);
}

TEST_CASE("hundreds of variants are read at once") {
  std::string values = "1";
  for (int k = 2; k <= 1000; ++k) values += fmt::format("|{}", k);
  const Configuration configuration = parse(fmt::format("sgd(steps={0})", values));
  REQUIRE(configuration.grid.algorithm.size() == 1000);
  CHECK(training(configuration, 999).steps == 1000);
}
