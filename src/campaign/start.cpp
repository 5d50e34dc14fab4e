// SPDX-License-Identifier: MIT
#include "start.hpp"

#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "flatgrid/base/aside.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/campaign/forecast.hpp"
#include "flatgrid/grid/prices.hpp"
#include "flatgrid/parallel/agreement.hpp"
#include "flatgrid/results/data_file.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/reader.hpp"
#include "flatgrid/results/writer.hpp"

namespace flatgrid::campaign {
namespace {

/// Whether `run --reuse FILE` could copy points of this file.
bool can_be_reused(const grid::Study& study, const std::filesystem::path& file) {
  try {
    return archive::EarlierResults(study, {file}).of_another_build().empty();
  } catch (const Error&) {
    return false;
  }
}

/// Throws Error if `there`, the configuration of the file, differs from that of the study.
void refuse_another_configuration(const grid::Study& study, const std::filesystem::path& file,
                                  const configuration::Configuration& there) {
  const configuration::Configuration& here = study.configuration;
  const configuration::ConfigurationKey* key = configuration::first_difference(here, there);
  if (key == nullptr) return;
  throw Error(fmt::format(
      "{}: belongs to another configuration: {} = {} there, {} here; choose another results file{}",
      file.string(), key->name, key->text(there), key->text(here),
      can_be_reused(study, file)
          ? fmt::format("; --reuse {} copies its points instead of computing them", file.string())
          : ""));
}

std::string describe(const grid::Part& part) {
  return part.is_whole() ? "the whole grid" : "part " + grid::part_text(part);
}

/// What is left to compute in the results file.
struct RemainingWork {
  WorkToDo work;
  std::vector<std::int64_t> groups;  ///< as in `Start`
};

/// `earlier`: by flat index, whether an earlier file has the point; empty if there is no earlier file.
RemainingWork find_work(const Campaign& campaign, const std::vector<bool>& earlier) {
  const configuration::Axes& axes = campaign.study.configuration.grid;
  const grid::Part& part = campaign.options.part;
  const std::vector<grid::Status> statuses = statuses_of(campaign.study, part, campaign.file);
  const grid::PointPrices prices(campaign.study);
  RemainingWork found;
  WorkToDo& work = found.work;
  work.points = count_points(axes, part, statuses);
  found.groups.assign(static_cast<std::size_t>(seed_group_count(axes)), 0);
  for (std::int64_t flat = 0; flat < std::ssize(statuses); ++flat) {
    const configuration::GridPoint point = configuration::grid_point(axes, flat);
    if (!part.contains(axes, point)) continue;
    const bool to_compute = grid::is_to_compute(configuration::at(statuses, flat));
    const bool costs = to_compute && (earlier.empty() || !earlier[static_cast<std::size_t>(flat)]);
    (costs ? work.cost : work.cost_behind) += prices(point).flops;
    if (costs) ++found.groups[static_cast<std::size_t>(seed_group_of(axes, point))];
    if (to_compute) ++work.to_compute;
  }
  return found;
}

/// `start_campaign` on rank 0. Reads the statuses before it takes the lock, so that a file without points to compute
/// needs no lock, and again when it holds the lock.
Start start_on_root(const Campaign& campaign, const archive::EarlierResults& earlier) {
  const std::filesystem::path& file = campaign.file;
  const auto say = [&](const std::string& line) { campaign.options.say(line); };
  const std::vector<bool> reusable = earlier.finished();
  std::error_code unreachable;
  const auto exists = [&] { return std::filesystem::exists(file, unreachable); };
  Start start;
  if (exists()) {
    start.work = find_work(campaign, reusable).work;
    if (start.work.to_compute == 0) return start;
  } else {
    require_folder_of(file);
  }
  start.lock = std::make_unique<CampaignLock>(file, campaign.communicator.size(), say);
  // This campaign holds the lock, so no other campaign writes, and the statuses do not change any more.
  if (!exists()) {
    results::create_results_file(file, campaign.study, campaign.options.part);
    start.created.reset(&file);
  }
  RemainingWork found = find_work(campaign, reusable);
  start.work = found.work;
  start.groups = std::move(found.groups);
  if (!campaign.study.configuration.output.writer->gathers && results::is_on_nfs(file)) {
    say(
        fmt::format("{}: is on NFS, where parallel writing is not reliable (every row is read back "
                    "and compared): set output.writer = gather",
                    file.string()));
  }
  return start;
}

}  // namespace

PointsByStatus count_points(const configuration::Axes& axes, const grid::Part& part,
                            const std::vector<grid::Status>& statuses) {
  PointsByStatus points{};
  for (std::int64_t flat = 0; flat < std::ssize(statuses); ++flat) {
    if (!part.contains(axes, configuration::grid_point(axes, flat))) continue;
    ++points[static_cast<std::size_t>(configuration::at(statuses, flat))];
  }
  return points;
}

std::vector<grid::Status> statuses_of(const grid::Study& study, const grid::Part& part,
                                      const std::filesystem::path& file) {
  const results::ResultsReader reader(file);
  refuse_another_configuration(study, file, reader.configuration());
  if (reader.part() != part) {
    throw Error(fmt::format("{}: is for {}, not for {}; choose another results file", file.string(),
                            describe(reader.part()), describe(part)));
  }
  results::require_same_data(study.problem, reader);
  return reader.statuses();
}

archive::EarlierResults checked_earlier_results(const grid::Study& study,
                                                const std::filesystem::path& file,
                                                const CampaignOptions& options) {
  for (const std::filesystem::path& reused : options.reuse) {
    std::error_code unreachable;
    if (!std::filesystem::equivalent(reused, file, unreachable)) continue;
    throw Error(fmt::format("{}: is the file to be written; a run continues it without --reuse",
                            reused.string()));
  }
  return {study, options.reuse};
}

archive::EarlierResults open_earlier_results(const Campaign& campaign) {
  std::optional<archive::EarlierResults> earlier;
  parallel::agreed_on_root(campaign.communicator, [&] {
    earlier.emplace(checked_earlier_results(campaign.study, campaign.file, campaign.options));
    const auto& others = earlier->of_another_build();
    if (others.empty()) return;
    campaign.options.say(
        fmt::format("{}{}: written by another build of flatgrid, whose points may have other bits: "
                    "no point is copied",
                    others.front().string(),
                    others.size() > 1 ? fmt::format(" and {} more", others.size() - 1) : ""));
  });
  parallel::agreed(campaign.communicator, [&] {
    if (!earlier) earlier.emplace(campaign.study, campaign.options.reuse);
  });
  return std::move(*earlier);
}

Start start_campaign(const Campaign& campaign, const archive::EarlierResults& earlier) {
  Start start;
  parallel::agreed_on_root(campaign.communicator,
                           [&] { start = start_on_root(campaign, earlier); });
  campaign.communicator.broadcast(start.work);
  return start;
}

}  // namespace flatgrid::campaign
