// SPDX-License-Identifier: MIT
#include "flatgrid/archive/merge.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/campaign/lock.hpp"
#include "flatgrid/results/reader.hpp"

namespace flatgrid::commands {
namespace {

namespace fs = std::filesystem;

/// Parts of a split of which some file is here and that have no file here: "2/4, 3/4".
std::vector<std::string> absent_parts(const std::vector<fs::path>& files) {
  std::map<std::int64_t, std::set<std::int64_t>> here;  // by number of parts
  for (const fs::path& file : files) {
    const grid::Part part = results::ResultsReader(file).part();
    here[part.count].insert(part.index);
  }
  std::vector<std::string> absent;
  for (const auto& [count, indices] : here) {
    for (std::int64_t index = 1; index <= count && absent.size() <= k_most_named; ++index) {
      if (!indices.contains(index))
        absent.push_back(grid::part_text({.index = index, .count = count}));
    }
  }
  return absent;
}

/// What a merge ends with.
std::string outcome_text(const archive::MergeOutcome& outcome, const fs::path& out,
                         const std::vector<fs::path>& parts) {
  std::string text;
  auto end = std::back_inserter(text);
  fmt::format_to(end, "{}: {} of {}, from {}{}\n", out.string(), outcome.copied(),
                 counted(outcome.points, "point"), counted(std::ssize(parts), "file"),
                 outcome.into_existing ? " and what it held before" : "");
  if (outcome.failed > 0) {
    fmt::format_to(end, "{} of them failed; another run tries them again\n", outcome.failed);
  }
  if (outcome.overlapping > 0) {
    fmt::format_to(end, "overlap: {} a point was there once more, with the same bits\n",
                   counted(outcome.overlapping, "time"));
  }
  if (outcome.damaged > 0) {
    fmt::format_to(end, "damaged: {}, not copied\n", counted(outcome.damaged, "point"));
  }
  if (!outcome.missing.empty()) {
    fmt::format_to(end, "missing: {}", counted(std::ssize(outcome.missing), "point"));
    if (const auto absent = absent_parts(parts); !absent.empty()) {
      fmt::format_to(end, "; there is no file here of part {}", fmt::join(absent, ", "));
    }
    text += "; merge again when more is done, or run the campaign on the merged file:\n";
    const configuration::Axes axes = results::ResultsReader(out).configuration().grid;
    for (std::size_t i = 0; i < std::min(k_most_named, outcome.missing.size()); ++i) {
      fmt::format_to(
          end, "  {}\n",
          configuration::describe(axes, configuration::grid_point(axes, outcome.missing[i])));
    }
    if (outcome.missing.size() > k_most_named) {
      fmt::format_to(end, "  and {} more\n", outcome.missing.size() - k_most_named);
    }
  }
  return wrapped(text, output_columns());
}

ExitCode execute_merge(const Command& command, const std::vector<std::string>& arguments) {
  const ParsedOptions parsed = parse_options(command, arguments);
  const fs::path out = parsed.arguments.front();
  const std::vector<fs::path> parts(parsed.arguments.begin() + 1, parsed.arguments.end());
  campaign::CampaignWatch watch(out, [](const std::string& line) { say(line); });
  if (const auto running = campaign::read_running(out); running && watch.is_alive(*running)) {
    throw Error(
        fmt::format("{}: a campaign is writing these results: process {} on {}; wait for its "
                    "end, or stop it",
                    out.string(), running->pid, running->host));
  }

  std::size_t complaints = 0;
  const archive::MergeOutcome outcome =
      archive::merge_results(out, parts, [&](const std::string& line) {
        if (++complaints <= k_most_named) write_output(line + '\n');
      });
  try {
    write_output(outcome_text(outcome, out, parts));
  } catch (const std::exception& error) {
    // Not 2: the file is there.
    say_error(fmt::format("{}: is merged; {}", out.string(), error.what()));
    return ExitCode::work_left;
  }
  if (!outcome.missing.empty()) return ExitCode::work_left;
  return outcome.failed > 0 ? ExitCode::points_failed : ExitCode::success;
}

}  // namespace

Command merge_command() {
  return {
      .name = "merge",
      .argument = "OUT PART...",
      .purpose = "Join the results of parts (run --part I/N) in one file",
      .options = {},
      .remarks =
          "The parts may be of any split, in any order, and overlap. OUT is written aside and "
          "then named;\nif it is there already, what it holds counts too, so that merging again "
          "adds what has been\ncomputed since; but the file of a part is never written over. Every "
          "point is checked against\nits checksum. Exit codes: 0 all points are there; 3 they are, "
          "but some failed; 75 some are\nmissing; 2 a file cannot be read, is given twice, or is "
          "of another campaign, or the disk is\nfull: OUT is as it was.\n",
      .execute = execute_merge};
}

}  // namespace flatgrid::commands
