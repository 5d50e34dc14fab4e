// SPDX-License-Identifier: MIT
#include "rank.hpp"

#include <chrono>
#include <numeric>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "flatgrid/parallel/agreement.hpp"
#include "flatgrid/parallel/barrier.hpp"

namespace flatgrid::campaign {
namespace {

/// Whether a checkpoint of this flat index is useless: the point is recorded, or the grid has no such point.
bool needs_no_checkpoint(const Rank& rank, std::int64_t flat) {
  const configuration::Axes& axes = rank.campaign.study.configuration.grid;
  return flat >= axes.points() ||
         !grid::is_to_compute(
             rank.recorder->statuses(configuration::grid_point(axes, flat), 1).front());
}

/// Before any rank computes: rank 0 removes useless checkpoints and starts to show progress.
void begin_on_root(Rank& rank, Start& start) {
  const auto& [study, file, communicator, stop, options] = rank.campaign;
  Checkpoints::clean_up(file,
                        [&rank](std::int64_t flat) { return needs_no_checkpoint(rank, flat); });
  if (!options.notice.empty()) options.say(options.notice);
  const WorkToDo& work = start.work;
  const auto points = std::accumulate(work.points.begin(), work.points.end(), std::int64_t{0});
  const ProgressState begin{.points = points,
                            .finished = points - work.to_compute,
                            .work_before = work.cost_behind / (work.cost_behind + work.cost)};
  rank.overview.emplace(options, rank.counters, *start.lock, begin,
                        Forecast(study, std::move(start.groups)));
}

/// Exchanges finished work and stop requests with the other ranks. Rank 0 also shows the progress and checks that the
/// results file is still there.
void exchange_progress(Rank& rank) {
  const CampaignCounters::Totals totals = rank.exchange.report_and_learn();
  if (!rank.overview) return;
  rank.overview->show(totals);
  rank.fault.check_file();
}

}  // namespace

Fault::Fault(const std::filesystem::path& file, Stop& stop)
    : file_(file), identity_(file), stop_(stop) {}

void Fault::report(const std::string& error) {
  check_file();
  stop_for(error + "; finished points are saved: repair this and run again");
}

void Fault::check_file() {
  if (identity_.is_still_named(file_)) return;
  stop_for(fmt::format(
      "{}: was removed, renamed or replaced while it was being written; put it back and run "
      "again to continue, or run again to start from the beginning",
      file_.string()));
}

void Fault::stop_for(const std::string& message) {
  if (!message_) message_ = message;  // keeps the first fault
  stop_.request(StopReason::error);
}

Rank::Rank(const Campaign& arguments, Start& start)
    : campaign(arguments),
      lock(start.lock.get()),
      fault(campaign.file, campaign.stop),
      watchdog(std::in_place, campaign.stop, campaign.options.seconds_to_stop,
               [this] {
                 if (lock != nullptr) lock->abandon();
                 campaign.options.give_up();
               }),
      checkpoints(campaign.file, campaign.study.configuration,
                  [this](const std::string& warning) {
                    // After a fault, which has stopped all ranks, the user needs no warning.
                    if (campaign.stop.reason() != StopReason::error) campaign.options.say(warning);
                  }),
      recorder(make_recorder(campaign.study.configuration, campaign.file, campaign.communicator,
                             *watchdog, checkpoints)),
      counters(campaign.communicator, seed_group_count(campaign.study.configuration.grid)),
      exchange(campaign.communicator.rank(), campaign.options.clock, counters, campaign.stop) {
  parallel::agreed_on_root(campaign.communicator, [&] { begin_on_root(*this, start); });
}

bool look_around(Rank& rank) {
  rank.campaign.communicator.make_progress();
  rank.recorder->serve();
  if (rank.recorder->error()) rank.fault.report(*rank.recorder->error());
  if (rank.lock != nullptr) {
    if (const auto lost = rank.lock->lost()) rank.fault.report(*lost);
  }
  if (rank.exchange.is_due()) exchange_progress(rank);
  return rank.campaign.stop.reason() == StopReason::none;
}

void look_around_and_pause(Rank& rank) {
  look_around(rank);
  std::this_thread::sleep_for(std::chrono::microseconds(100));
}

void meet(Rank& rank) {
  // Reports the work of this rank, and its reason to stop if there is one, to the others.
  rank.exchange.set_under_way(-1);
  exchange_progress(rank);
  // Waits until rank 0 has received all points of this rank, then for all ranks. Meanwhile rank 0 writes what ranks
  // that still compute send.
  while (!rank.recorder->is_taken()) look_around_and_pause(rank);
  parallel::Barrier barrier(rank.campaign.communicator);
  while (!barrier.all_here()) look_around(rank);
  // No rank computes any more.
  rank.watchdog.reset();
  // Exchanges again, because now the counters have the work of all ranks.
  exchange_progress(rank);
  if (rank.overview) rank.overview->end();
}

}  // namespace flatgrid::campaign
