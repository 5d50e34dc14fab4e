// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/campaign.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/base/aside.hpp"
#include "flatgrid/campaign/board.hpp"
#include "flatgrid/campaign/checkpoints.hpp"
#include "flatgrid/campaign/lock.hpp"
#include "flatgrid/campaign/overview.hpp"
#include "flatgrid/campaign/pulse.hpp"
#include "flatgrid/campaign/recorder.hpp"
#include "flatgrid/campaign/watchdog.hpp"
#include "flatgrid/grid/prices.hpp"
#include "flatgrid/parallel/agreement.hpp"
#include "flatgrid/results/data_file.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/reader.hpp"
#include "flatgrid/results/writer.hpp"
#include "flatgrid/schedule/slices.hpp"

namespace flatgrid {
namespace {

/// Seconds from the moment a rank learns of a stop to the moment it gives up on an orderly end:
/// what follows a stop is over in five.
constexpr double k_seconds_to_stop = 3.0;
/// Failed points each rank names in the log; `flatgrid status` knows the others.
constexpr std::int64_t k_failures_named = 10;

/// A line of the log, not into the progress bar.
void say(const CampaignOptions& options, const std::string& line) {
  *options.log << fmt::format("{}flatgrid: {}\n", options.terminal ? "\r\033[K" : "", line)
               << std::flush;
}

bool is_to_compute(Status status) { return status == Status::pending || status == Status::failed; }

void refuse_another_configuration(const std::filesystem::path& file, const Configuration& there,
                                  const Configuration& here) {
  const ConfigurationKey* key = first_difference(here, there);
  if (key == nullptr) return;
  throw Error(fmt::format(
      "{}: belongs to another configuration: {} = {} there, {} here; choose another results file",
      file.string(), key->name, key->text(there), key->text(here)));
}

std::string describe(const Part& part) {
  return part.is_whole() ? "the whole grid" : "part " + part_text(part);
}

/// Statuses of all points of a results file, which must be of this configuration and part.
std::vector<Status> statuses_of(const Study& study, const Part& part,
                                const std::filesystem::path& file) {
  const ResultsReader reader(file);
  refuse_another_configuration(file, reader.configuration(), study.configuration);
  if (reader.part() != part) {
    throw Error(fmt::format("{}: is for {}, not for {}; choose another results file", file.string(),
                            describe(reader.part()), describe(part)));
  }
  require_same_data(study.problem, reader);
  return reader.statuses();
}

/// What rank 0 has found in the file, the same on all ranks.
struct Start {
  std::array<std::int64_t, k_status_count> points{};  ///< of the part, by status
  std::int64_t to_compute = 0;
  double cost = 0.0;  ///< predicted, of the points to compute
};

Start start_of(const Study& study, const Part& part, const std::vector<Status>& statuses) {
  const Axes& axes = study.configuration.grid;
  const PointPrices prices(study);
  Start start;
  for (std::int64_t flat = 0; flat < std::ssize(statuses); ++flat) {
    const GridPoint point = grid_point(axes, flat);
    if (!part.contains(axes, point)) continue;
    const Status status = at(statuses, flat);
    ++start.points[static_cast<std::size_t>(status)];
    if (!is_to_compute(status)) continue;
    ++start.to_compute;
    start.cost += prices(point).flops;
  }
  return start;
}

/// Opens or creates the file on rank 0 and, if there is anything to compute, locks out every other
/// campaign.
Start start_campaign(const Study& study, const std::filesystem::path& file,
                     const Communicator& communicator, const CampaignOptions& options,
                     std::optional<CampaignLock>& lock) {
  Start start;
  agreed_on_root(communicator, [&] {
    const auto say_line = [&](const std::string& line) { say(options, line); };
    std::error_code unreachable;
    const auto exists = [&] { return std::filesystem::exists(file, unreachable); };
    if (exists()) {
      start = start_of(study, options.part, statuses_of(study, options.part, file));
      if (start.to_compute == 0) return;
    } else {
      require_folder_of(file);
    }
    lock.emplace(file, communicator.size(), say_line);
    // Nobody else writes now: what there is counts.
    if (!exists()) create_results_file(file, study, options.part);
    const std::vector<Status> statuses = statuses_of(study, options.part, file);
    start = start_of(study, options.part, statuses);
    Checkpoints::clean_up(file, [&](std::int64_t flat) {
      return flat >= std::ssize(statuses) || !is_to_compute(at(statuses, flat));
    });
    if (!study.configuration.output.writer->gathers && is_on_nfs(file)) {
      say_line(
          fmt::format("{}: is on NFS, where parallel writing cannot be trusted (every row is "
                      "read back, though): set output.writer = gather",
                      file.string()));
    }
  });
  communicator.broadcast(start);
  return start;
}

/// Which points were to be computed when this run began, asked of the file as their turn comes: no
/// rank needs to know of more points than it looks at. (What has been finished since is known by
/// the slices' counters.)
class PointsToCompute {
 public:
  PointsToCompute(const Axes& axes, const Recorder& recorder) : axes_(axes), recorder_(recorder) {}

  bool operator()(const GridPoint& point) {
    GridPoint first = point;
    first.seed -= point.seed % k_block;
    if (statuses_.empty() || first != first_) {
      first_ = first;
      statuses_ = recorder_.statuses(first, std::min(k_block, std::ssize(axes_.seed) - first.seed));
    }
    return is_to_compute(at(statuses_, point.seed - first.seed));
  }

 private:
  static constexpr std::int64_t k_block = 256;  // seeds read at once, as points stand in slices

  const Axes& axes_;
  const Recorder& recorder_;
  GridPoint first_;
  std::vector<Status> statuses_;  // of the points from `first_` on
};

/// One rank's part of a running campaign.
class Worker {
 public:
  Worker(const Study& study, const CampaignOptions& options, double campaign_cost, Pulse& pulse,
         Checkpoints& checkpoints, Recorder& recorder)
      : study_(study),
        prices_(study),
        options_(options),
        campaign_cost_(campaign_cost),
        pulse_(pulse),
        checkpoints_(checkpoints),
        recorder_(recorder) {}

  /// Computes points until none is left or a stop is asked for.
  void work(PointSource<Board>& source) {
    while (pulse_.beat()) {
      const std::optional<GridPoint> point = source.take();
      if (!point) return;
      compute(*point);
    }
  }

 private:
  /// Spent on a point less than this, its state is not worth a file when the campaign stops.
  static constexpr double k_seconds_worth_keeping = 1.0;

  void compute(const GridPoint& point) {
    const std::int64_t flat = flat_index(study_.configuration.grid, point);
    const double units = k_work_units * prices_(point).flops / campaign_cost_;
    std::int64_t units_behind = 0;
    const auto advance = [&](double fraction) {
      const std::int64_t behind = std::llround(units * fraction);
      if (behind <= units_behind) return;
      pulse_.add_work(behind - units_behind);
      units_behind = behind;
    };
    pulse_.set_under_way(flat);
    std::optional<PointState> kept = checkpoints_.load(flat);
    double seconds_kept = kept ? kept->seconds : 0.0;
    const auto go_on = [&](const PointUnderWay& under_way) {
      advance(std::min(under_way.fraction, 1.0));
      const bool on = pulse_.beat();
      if (under_way.seconds - seconds_kept >=
          (on ? options_.checkpoint_interval : k_seconds_worth_keeping)) {
        checkpoints_.keep(flat, under_way.state());
        seconds_kept = under_way.seconds;
      }
      return on;
    };
    const std::optional<PointResult> result = guarded(point, go_on, std::move(kept));
    if (!result) return;
    recorder_.record(point, *result, [&] { pulse_.beat(); });
    advance(1.0);
    pulse_.add_finished(result->record.status);
    if (result->record.status == Status::failed) report_failure(point, result->message);
  }

  /// Whatever the computation throws becomes the record.
  std::optional<PointResult> guarded(const GridPoint& point, const GoOn& go_on,
                                     std::optional<PointState> kept) {
    try {
      return options_.compute(study_, point, go_on, std::move(kept));
    } catch (const std::exception& exception) {
      PointResult failure;
      failure.record.status = Status::failed;
      failure.message = exception.what();
      return failure;
    }
  }

  void report_failure(const GridPoint& point, const std::string& message) {
    if (++failures_ > k_failures_named) return;
    say(options_,
        fmt::format("{}: failed: {}{}", describe(study_.configuration.grid, point), message,
                    failures_ == k_failures_named ? " (more are not listed)" : ""));
  }

  const Study& study_;
  PointPrices prices_;
  const CampaignOptions& options_;
  double campaign_cost_;
  Pulse& pulse_;
  Checkpoints& checkpoints_;
  Recorder& recorder_;
  std::int64_t failures_ = 0;
};

}  // namespace

ExitCode CampaignOutcome::exit_code() const {
  if (left > 0) return ExitCode::work_left;
  return count(Status::failed) > 0 ? ExitCode::points_failed : ExitCode::success;
}

CampaignOutcome run_campaign(const Study& study, const std::filesystem::path& file,
                             const Communicator& communicator, Stop& stop,
                             const CampaignOptions& options) {
  const double begin = options.clock();
  const Configuration& configuration = study.configuration;
  std::optional<CampaignLock> lock;
  const Start start = start_campaign(study, file, communicator, options, lock);
  CampaignOutcome outcome;
  outcome.points = start.points;
  if (start.to_compute == 0) return outcome;

  std::optional<Watchdog> watchdog;
  watchdog.emplace(stop, k_seconds_to_stop, options.give_up);
  Checkpoints checkpoints(file, configuration,
                          [&](const std::string& warning) { say(options, warning); });
  std::unique_ptr<Recorder> recorder =
      make_recorder(configuration, file, communicator, *watchdog, checkpoints);
  const Slices slices(study, communicator.size(), options.part);
  Board board(communicator);
  PointSource<Board> source(slices, communicator.rank(), board,
                            PointsToCompute(configuration.grid, *recorder));
  std::optional<Overview> overview;
  if (lock) {
    overview.emplace(*options.log, options.terminal, options.clock, board, *lock, outcome.total(),
                     start.to_compute);
  }
  Pulse pulse(
      communicator, options.clock, board, stop,
      [&] {
        recorder->serve();
        if (recorder->error() || (lock && lock->lost())) stop.request(StopReason::error);
      },
      [&](const Board::State& state) {
        if (overview) overview->look(state);
      });

  std::optional<std::string> error;
  try {
    Worker(study, options, start.cost, pulse, checkpoints, *recorder).work(source);
  } catch (const std::exception& exception) {
    error = exception.what();
    stop.request(StopReason::error);
  }
  pulse.set_under_way(-1);
  pulse.look_around();
  recorder->flush([&] { pulse.beat(); });
  communicator.wait_for_all([&] { pulse.beat(); });
  watchdog.reset();
  pulse.look_around();
  if (overview) overview->end();
  if (!error) error = recorder->error();
  if (!error && lock) error = lock->lost();
  if (error) *error += "; what is finished is saved: run again once this is mended";
  agree(communicator, error);

  recorder.reset();
  agreed_on_root(communicator, [&] {
    outcome.points = start_of(study, options.part, ResultsReader(file).statuses()).points;
    Checkpoints::clean_up(file, [](std::int64_t) { return false; });
  });
  communicator.broadcast(outcome.points);
  const auto& finished = board.look().tally.finished;
  outcome.computed = std::accumulate(finished.begin(), finished.end(), std::int64_t{0});
  outcome.left = start.to_compute - outcome.computed;
  if (outcome.left > 0) outcome.stopped = stop.reason();
  outcome.seconds = options.clock() - begin;
  return outcome;
}

}  // namespace flatgrid
