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

bool is_recorded(const Rank& rank, std::int64_t flat) {
  const configuration::Axes& axes = rank.campaign.study.configuration.grid;
  return flat >= axes.points() ||
         !grid::is_to_compute(
             rank.recorder->statuses(configuration::grid_point(axes, flat), 1).front());
}

/// Before any rank computes: rank 0 removes checkpoints of no use and begins to show progress.
void begin_on_root(Rank& rank, Start& start) {
  const auto& [study, file, communicator, stop, options] = rank.campaign;
  Checkpoints::clean_up(file, [&rank](std::int64_t flat) { return is_recorded(rank, flat); });
  if (!options.notice.empty()) options.say(options.notice);
  const WorkToDo& work = start.work;
  const auto points = std::accumulate(work.points.begin(), work.points.end(), std::int64_t{0});
  const ProgressState begin{.points = points,
                            .finished = points - work.to_compute,
                            .work_before = work.cost_behind / (work.cost_behind + work.cost)};
  rank.overview.emplace(options, rank.counters, *start.lock, begin,
                        Forecast(study, std::move(start.kinds)));
}

/// Tells the others what this rank has done and wants, and learns it of them. Rank 0 shows it.
void report_and_learn(Rank& rank) {
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
  stop_for(error + "; what is finished is saved: run again once this is mended");
}

void Fault::check_file() {
  if (identity_.is_still_named(file_)) return;
  stop_for(fmt::format(
      "{}: was removed, renamed or replaced while it was being written; put it back and run "
      "again, or run again to begin anew",
      file_.string()));
}

void Fault::stop_for(const std::string& message) {
  if (!message_) message_ = message;  // what was first tells why
  stop_.request(StopReason::error);
}

Rank::Rank(const Campaign& asked_for, Start& start)
    : campaign(asked_for),
      lock(start.lock.get()),
      fault(campaign.file, campaign.stop),
      watchdog(std::in_place, campaign.stop, campaign.options.seconds_to_stop,
               [this] {
                 if (lock != nullptr) lock->abandon();
                 campaign.options.give_up();
               }),
      checkpoints(campaign.file, campaign.study.configuration,
                  [this](const std::string& warning) {
                    // Next to the fault that has stopped all it is no news.
                    if (campaign.stop.reason() != StopReason::error) campaign.options.say(warning);
                  }),
      recorder(make_recorder(campaign.study.configuration, campaign.file, campaign.communicator,
                             *watchdog, checkpoints)),
      counters(campaign.communicator, kind_count(campaign.study.configuration.grid)),
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
  if (rank.exchange.is_due()) report_and_learn(rank);
  return rank.campaign.stop.reason() == StopReason::none;
}

void look_around_and_pause(Rank& rank) {
  look_around(rank);
  std::this_thread::sleep_for(std::chrono::microseconds(100));
}

void meet(Rank& rank) {
  // The others learn at once what this rank has done, and why it stops if it does.
  rank.exchange.set_under_way(-1);
  report_and_learn(rank);
  // What it has recorded is taken over by the rank that writes it, which goes on to do so for those
  // that still compute.
  while (!rank.recorder->is_taken()) look_around_and_pause(rank);
  parallel::Barrier barrier(rank.campaign.communicator);
  while (!barrier.all_here()) look_around(rank);
  // All are here: nobody is stuck in a computation any more.
  rank.watchdog.reset();
  // Once more, as all reports are in now.
  report_and_learn(rank);
  if (rank.overview) rank.overview->end();
}

}  // namespace flatgrid::campaign
