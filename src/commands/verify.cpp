// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>

#include "command.hpp"
#include "flatgrid/archive/verification.hpp"
#include "flatgrid/base/text.hpp"

namespace flatgrid::commands {
namespace {

/// Faults that are said one by one.
constexpr std::int64_t k_most_shown = 20;

ExitCode execute_verify(const Command& command, const std::vector<std::string>& arguments) {
  const ParsedOptions parsed = parse_options(command, arguments);
  const std::string& file = parsed.argument;
  const bool recompute = parsed.values.count("recompute") > 0;
  const results::ResultsReader results(file);
  if (recompute) archive::require_networks_and_data(results, file, "--recompute");
  grid::Study study(results.configuration());
  std::string not_compared;
  try {
    study = archive::study_with_data(results);
  } catch (const Error& error) {
    if (recompute) throw;
    not_compared = error.what();
  }

  std::int64_t faults = 0;
  const archive::Verification found =
      archive::verify(results, study, recompute, [&](const std::string& fault) {
        if (++faults <= k_most_shown) write_output(fmt::format("{}: {}\n", file, fault));
      });
  std::string text;
  if (faults > k_most_shown) {
    text += fmt::format("{}: and {}\n", file, counted(faults - k_most_shown, "more fault"));
  }
  const std::int64_t computed = found.points - found.pending;
  text += fmt::format("{}: {} of {} {} whole", file, computed - found.damaged,
                      counted(computed, "computed point"), computed == 1 ? "is" : "are");
  if (recompute) text += fmt::format(", {} recomputed", found.recomputed);
  if (found.pending > 0) {
    text += fmt::format(
        "; {} still to be computed",
        found.pending == 1 ? "1 point is" : fmt::format("{} points are", found.pending));
  }
  if (found.data_faults > 0) {
    text += fmt::format("; faults in the axes and data sets: {}", found.data_faults);
  }
  text += '\n';
  if (found.of_another_build && not_compared.empty() && study.configuration.output.data) {
    text += fmt::format(
        "{}: written by another build of flatgrid: data compared to {:.0e} of the largest of "
        "their numbers, not bit by bit\n",
        file, archive::k_verified_to);
  }
  if (!not_compared.empty()) text += fmt::format("{}: data not compared: {}\n", file, not_compared);
  write_output(text);
  return faults == 0 ? ExitCode::success : ExitCode::points_failed;
}

}  // namespace

Command verify_command() {
  Command command{
      .name = "verify",
      .argument = "RESULTS",
      .purpose = "Check that a results file is whole, with --recompute also its figures",
      .options = {},
      .remarks =
          "Checks the points that are computed, also while others are: checksums, which figures "
          "and "
          "how\nmuch history there are, and the stored data against those drawn again from the "
          "seeds, bit by\nbit; if another build of flatgrid wrote the file, whose last digits may "
          "differ, to 1e-9 of the\nlargest number of their dataset, and verify says so. With "
          "--recompute every figure that follows\nfrom network and data is measured again on what "
          "is stored and must agree to 1e-9 relative; an\ninterpolator's train loss, a square of "
          "rounding errors nearly, to what rounding explains.\nExit codes: 0 all is well; 2 the "
          "file cannot be read, or lacks the networks or data to\nrecompute from; 3 something is "
          "damaged.\n",
      .execute = execute_verify};
  command.options.add_options()("recompute",
                                "measure all stored networks again (needs output.networks and "
                                "output.data)");
  return command;
}

}  // namespace flatgrid::commands
