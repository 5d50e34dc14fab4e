// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.hpp"
#include "flatgrid/base/aside.hpp"
#include "flatgrid/base/suggestion.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/configuration/key_name.hpp"

namespace flatgrid::commands {
namespace {

namespace options = boost::program_options;

/// A remark on a key that the user must set begins with this.
constexpr std::string_view k_fill_in = "FILL IN";

/// A key of a configuration to start from.
struct Line {
  std::string_view key;
  std::string_view value;        ///< empty: the default, as a comment
  std::string_view remark = {};  ///< a remark for this question
};

/// A question, and a small configuration that answers it.
struct InitQuestion {
  std::string_view name;
  std::string_view purpose;
  std::string_view introduction;  ///< the first comment of the configuration
  std::vector<Line> lines;        ///< section by section
};

const std::array<InitQuestion, 3>& questions() {
  static const std::array<InitQuestion, 3> k_questions = {
      InitQuestion{
          .name = "claims",
          .purpose = "do flat minima generalize? The flattest interpolator against others",
          .introduction =
              "Do flat minima generalize? A small test of the claims of Vardhan, Taheri and "
              "Mazumdar "
              "(arXiv 2606.04429): compares the flattest interpolator with others on the same "
              "data, "
              "with and without label noise. `flatgrid report RESULTS --open` judges the claims.",
          .lines = {{"grid.algorithm", "flattest, gradient-flow, random-features, lazy"},
                    {"grid.samples", "40, 60"},
                    {"grid.noise", "0, 0.1"},
                    {"grid.width", "100", "The flattest needs as many neurons as samples."},
                    {"grid.seed", "0..9", "Intervals of medians need at least six seeds."},
                    {"problem.dimension", "5"},
                    {"problem.indices", "2"},
                    {"problem.inputs", ""},
                    {"problem.target", ""},
                    {"problem.link", ""},
                    {"network.activation", ""},
                    {"training.steps", ""},
                    {"flatness.index-spectrum", "true"},
                    {"output.history", "0"}}},
      InitQuestion{
          .name = "own-data",
          .purpose = "how are flatness and generalization related on your own data set?",
          .introduction =
              "Your own data set: an HDF5 file with the datasets `inputs` [n, d] and `labels` [n]. "
              "In Python:\n\n    import h5py\n    with h5py.File(\"my-data.h5\", "
              "\"w\") as file:\n        file[\"inputs\"] = inputs  # an array of n rows and d "
              "columns\n        file[\"labels\"] = labels  # n numbers\n\nThe population loss is "
              "the mean squared error on the rows that are not used as samples.\nSet the keys "
              "marked "
              "FILL IN; then `flatgrid plan` with this file checks the data.",
          .lines = {{"grid.algorithm", "flattest, gradient-flow, random-features, lazy",
                     "teacher and approximation need a target with a formula."},
                    {"grid.samples", "100",
                     "FILL IN: fewer than the rows of the file; the other rows are the test set."},
                    {"grid.noise", "0", "Additional noise on the labels of the file."},
                    {"grid.width", "200"},
                    {"grid.seed", "0..5"},
                    {"problem.inputs", "file"},
                    {"problem.data-file", "my-data.h5",
                     "FILL IN: a path relative to the working directory."},
                    {"problem.dimension", "8", "FILL IN: the number of columns of `inputs`."},
                    {"problem.data-split", "resample"},
                    {"problem.standardize", "yes"},
                    {"network.activation", ""},
                    {"training.steps", "300000",
                     "Real labels are noisy and take many steps to fit."},
                    {"output.history", "0"}}},
      InitQuestion{
          .name = "training-dynamics",
          .purpose = "does training move towards the flattest interpolator, or away from it?",
          .introduction =
              "Does training move towards the flattest interpolator, or away from it? Records "
              "orbit "
              "minimum and population loss during training in the history of every point. "
              "`flatgrid "
              "report RESULTS --open` draws them, `flatgrid export RESULTS --history` prints "
              "them.",
          .lines = {{"grid.algorithm", "flattest, gradient-flow, sgd, label-noise-sgd, sam",
                     "A variant has settings of its own: sam(sam-radius=0.2)."},
                    {"grid.samples", "40"},
                    {"grid.noise", "0.1"},
                    {"grid.width", "80"},
                    {"grid.seed", "0..5", "Intervals of medians need at least six seeds."},
                    {"problem.dimension", "5"},
                    {"problem.indices", "2"},
                    {"training.steps", "300000"},
                    {"training.learning-rate", ""},
                    {"training.batch", "8", "Smaller batches have noisier gradients."},
                    {"training.batches", ""},
                    {"training.label-noise", ""},
                    {"training.sam-radius", ""},
                    {"training.initial-scale", ""},
                    {"training.weight-decay", ""},
                    {"training.handover-loss", ""},
                    {"training.polish", ""},
                    {"output.history", "30"}}}};
  return k_questions;
}

std::string names_of_questions() {
  std::vector<std::string_view> names;
  for (const InitQuestion& question : questions()) names.push_back(question.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

const InitQuestion& question_named(const std::string& name) {
  const auto found = std::ranges::find(questions(), name, &InitQuestion::name);
  if (found != questions().end()) return *found;
  std::vector<std::string_view> names;
  for (const InitQuestion& question : questions()) names.push_back(question.name);
  throw Error(
      fmt::format("init: --for '{}': {}", printable(name),
                  suggestion_or(did_you_mean(name, names), "is none of " + names_of_questions())));
}

/// The configuration, with the help of every key as a comment before it.
std::string configuration_text(const InitQuestion& question) {
  std::string text = paragraphs(question.introduction, k_text_columns, "# ");
  text +=
      '\n' + paragraphs("A key after # has its default. `flatgrid help keys` describes all keys.",
                        k_text_columns, "# ");
  std::string_view section;
  for (const Line& line : question.lines) {
    const configuration::ConfigurationKey& key = *configuration::find_key(line.key);
    text += '\n';
    if (configuration::section_of(key.name) != section)
      text += fmt::format("[{}]\n", configuration::section_of(key.name));
    section = configuration::section_of(key.name);
    text += wrapped(fmt::format("# {}:\n#   {}\n", key.description, key.domain), k_text_columns,
                    "#   ");
    if (!line.remark.empty()) text += paragraphs(line.remark, k_text_columns, "# ");
    text += fmt::format("{}{} = {}\n", line.value.empty() ? "# " : "",
                        key.name.substr(section.size() + 1),
                        line.value.empty() ? key.default_text : line.value);
  }
  return text;
}

std::string list_of_questions() {
  const std::size_t columns = output_columns();
  std::vector<Term> terms;
  for (const InitQuestion& question : questions()) {
    terms.push_back({std::string(question.name), std::string(question.purpose)});
  }
  return paragraphs("Configurations to start from, by question:", columns) + '\n' +
         listed(terms, columns) + '\n' +
         paragraphs(
             fmt::format("`flatgrid init FILE --for QUESTION` writes one ({} without --for), "
                         "`flatgrid init --for QUESTION` prints it.",
                         questions().front().name),
             columns);
}

ExitCode execute_init(const Command& command, const std::vector<std::string>& arguments) {
  const ParsedOptions parsed = parse_options(command, arguments);
  const bool is_asked = parsed.values.count("for") > 0;
  const std::string& file = parsed.argument;
  if (file.empty() && !is_asked) {
    write_output(list_of_questions());
    return ExitCode::success;
  }
  const InitQuestion& question =
      is_asked ? question_named(parsed.values["for"].as<std::string>()) : questions().front();
  const std::string text = configuration_text(question);
  if (file.empty()) {
    write_output(text);
    return ExitCode::success;
  }
  write_aside(file, Existing::refuse, [&](const std::filesystem::path& aside) {
    std::ofstream stream(aside, std::ios::binary);
    stream << text << std::flush;
    if (!stream) {
      throw Error(
          fmt::format("{}: cannot write: {}", file, std::generic_category().message(errno)));
    }
  });
  const bool is_complete = text.find(k_fill_in) == std::string::npos;
  write_output(wrapped(
      fmt::format("{}: a configuration for {}; {}next: flatgrid plan {}\n", file, question.name,
                  is_complete ? "" : fmt::format("fill in the keys marked {}, ", k_fill_in), file),
      output_columns()));
  return ExitCode::success;
}

}  // namespace

Command init_command() {
  Command command{
      .name = "init",
      .argument = "[FILE]",
      .purpose = "Write a commented configuration to start from, by question",
      .options = {},
      .remarks =
          "Without FILE it lists the questions or, with --for, prints the configuration. Each "
          "configuration runs in seconds on random data; own-data is for your own data file and "
          "says which keys to set. An existing FILE is never overwritten.\n",
      .execute = execute_init};
  static const std::string k_meaning = "the question: " + names_of_questions();
  command.options.add_options()("for", options::value<std::string>()->value_name("QUESTION"),
                                k_meaning.c_str());
  return command;
}

}  // namespace flatgrid::commands
