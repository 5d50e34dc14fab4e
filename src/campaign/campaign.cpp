// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/campaign.hpp"

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/base/aside.hpp"
#include "flatgrid/results/reader.hpp"
#include "rank.hpp"
#include "start.hpp"
#include "worker.hpp"

namespace flatgrid::campaign {
namespace {

/// Throws Error "FILE: cannot ACTION: ..." unless this user may write to `written`: the file itself, or its folder.
void require_writable(const std::filesystem::path& file, std::string_view action,
                      const std::filesystem::path& written) {
  if (::access(written.c_str(), W_OK) == 0) return;
  throw Error(fmt::format("{}: cannot {}: {}", file.string(), action,
                          std::generic_category().message(errno)));
}

/// Closes the file, counts its points, and removes what killed processes have left of unfinished checkpoints. Keeps the
/// checkpoints. Collective.
CampaignOutcome conclude(Rank& rank, const WorkToDo& work) {
  const Campaign& campaign = rank.campaign;
  rank.recorder.reset();
  CampaignOutcome outcome;
  parallel::agreed_on_root(campaign.communicator, [&] {
    outcome.points = count_points(campaign.study.configuration.grid, campaign.options.part,
                                  results::ResultsReader(campaign.file).statuses());
    Checkpoints::clean_up(campaign.file, [](std::int64_t) { return false; });
  });
  campaign.communicator.broadcast(outcome.points);
  const Tally tally = rank.counters.totals().tally;
  outcome.computed = std::accumulate(tally.finished.begin(), tally.finished.end(), std::int64_t{0});
  outcome.taken = tally.taken;
  outcome.left = work.to_compute - outcome.computed;
  if (outcome.left > 0) outcome.stopped = campaign.stop.reason();
  return outcome;
}

}  // namespace

ExitCode CampaignOutcome::exit_code() const {
  if (left > 0) return ExitCode::work_left;
  return count(grid::Status::failed) > 0 ? ExitCode::points_failed : ExitCode::success;
}

CampaignProspect foresee_campaign(const grid::Study& study, const std::filesystem::path& file,
                                  const CampaignOptions& options) {
  checked_earlier_results(study, file, options);
  std::error_code unreachable;
  const bool exists = std::filesystem::exists(file, unreachable);
  std::vector<grid::Status> statuses(static_cast<std::size_t>(study.configuration.grid.points()),
                                     grid::Status::pending);
  if (exists) {
    statuses = statuses_of(study, options.part, file);
    require_writable(file, "open for writing", file);
  } else {
    require_folder_of(file);
    require_writable(file, "create", file.has_parent_path() ? file.parent_path() : ".");
  }
  CampaignProspect prospect;
  const PointsByStatus points = count_points(study.configuration.grid, options.part, statuses);
  for (std::size_t status = 0; status < points.size(); ++status) {
    prospect.points += points[status];
    if (grid::is_to_compute(static_cast<grid::Status>(status)))
      prospect.to_compute += points[status];
  }
  return prospect;
}

CampaignOutcome run_campaign(const grid::Study& study, const std::filesystem::path& file,
                             const parallel::Communicator& communicator, Stop& stop,
                             const CampaignOptions& options) {
  const double begin = options.clock();
  const Campaign campaign{study, file, communicator, stop, options};
  const archive::EarlierResults earlier = open_earlier_results(campaign);
  Start start = start_campaign(campaign, earlier);
  if (start.work.to_compute == 0) return {.points = start.work.points};

  Rank rank(campaign, start);
  static_cast<void>(start.created.release());  // keeps the file
  work(rank, earlier, start.work.cost);
  try {
    meet(rank);
    parallel::agree(communicator, rank.fault.message());
    CampaignOutcome outcome = conclude(rank, start.work);
    outcome.seconds = options.clock() - begin;
    return outcome;
  } catch (const parallel::AgreedError& error) {
    throw CampaignFault(error.what());
  }
}

}  // namespace flatgrid::campaign
