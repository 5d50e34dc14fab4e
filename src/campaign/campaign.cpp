#include "flatgrid/campaign/campaign.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/campaign/board.hpp"
#include "flatgrid/campaign/checkpoints.hpp"
#include "flatgrid/campaign/progress.hpp"
#include "flatgrid/campaign/slices.hpp"
#include "flatgrid/campaign/watchdog.hpp"
#include "flatgrid/grid/cost.hpp"
#include "flatgrid/parallel/agreement.hpp"
#include "flatgrid/results/data_file.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/reader.hpp"
#include "flatgrid/results/writer.hpp"

namespace flatgrid {
namespace {

/// Seconds between two looks at what the other ranks did and want.
constexpr double k_look_period = 0.25;
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

std::array<std::int64_t, k_status_count> count_by_status(const std::vector<Status>& statuses) {
  std::array<std::int64_t, k_status_count> counts{};
  for (const Status status : statuses) ++counts[static_cast<std::size_t>(status)];
  return counts;
}

/// Statuses of all points of a results file of this configuration, created if there is none.
std::vector<Status> open_or_create(const Configuration& configuration,
                                   const std::filesystem::path& file) {
  std::error_code unreachable;
  if (!std::filesystem::exists(file, unreachable)) create_results_file(file, configuration);
  const ResultsReader reader(file);
  refuse_another_configuration(file, reader.configuration(), configuration);
  require_same_data(configuration.problem, reader);
  return reader.statuses();
}

/// What rank 0 has found in the file, the same on all ranks.
struct Start {
  std::array<std::int64_t, k_status_count> points{};  ///< of the whole grid, by status
  std::int64_t to_compute = 0;
  double cost = 0.0;  ///< predicted, of the points to compute
};

/// No point is free: fractions of the work stay defined.
double cost_of(const Configuration& configuration, const GridPoint& point) {
  return std::max(predicted_cost(configuration, point), 1.0);
}

Start start_campaign(const Configuration& configuration, const std::filesystem::path& file,
                     const Communicator& communicator) {
  Start start;
  agreed_on_root(communicator, [&] {
    const std::vector<Status> statuses = open_or_create(configuration, file);
    start.points = count_by_status(statuses);
    Checkpoints::clean_up(file, [&](std::int64_t flat) {
      return flat >= std::ssize(statuses) || !is_to_compute(at(statuses, flat));
    });
    for (std::size_t flat = 0; flat < statuses.size(); ++flat) {
      if (!is_to_compute(statuses[flat])) continue;
      ++start.to_compute;
      start.cost +=
          cost_of(configuration, grid_point(configuration.grid, static_cast<std::int64_t>(flat)));
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
  PointsToCompute(const Axes& axes, const ResultsWriter& results)
      : axes_(axes), results_(results) {}

  bool operator()(const GridPoint& point) {
    GridPoint first = point;
    first.seed -= point.seed % k_block;
    if (statuses_.empty() || first != first_) {
      first_ = first;
      statuses_ = results_.statuses(first, std::min(k_block, std::ssize(axes_.seed) - first.seed));
    }
    return is_to_compute(at(statuses_, point.seed - first.seed));
  }

 private:
  static constexpr std::int64_t k_block = 256;  // seeds read at once, as points stand in slices

  const Axes& axes_;
  const ResultsWriter& results_;
  GridPoint first_;
  std::vector<Status> statuses_;  // of the points from `first_` on
};

/// A rank's link to the others while it computes or waits: called often, it lets MPI progress,
/// notices signals and the deadline, and now and then reports this rank's work, learns whether to
/// stop and, on rank 0, shows the progress of all.
class Pulse {
 public:
  Pulse(const Communicator& communicator, const Clock& clock, Board& board, Stop& stop,
        Progress* progress, std::int64_t to_compute)
      : communicator_(communicator),
        clock_(clock),
        board_(board),
        stop_(stop),
        progress_(progress),
        to_compute_(to_compute) {}

  /// False when this rank is to stop.
  bool beat() {
    communicator_.make_progress();
    if (clock_() >= next_look_ || stop_.reason() > announced_) look_around();
    return stop_.reason() == StopReason::none;
  }

  void add_work(std::int64_t units) { unreported_.work += units; }
  void add_finished(Status status) { ++unreported_.finished[static_cast<std::size_t>(status)]; }

  void look_around() {
    if (stop_.reason() > announced_) {
      announced_ = stop_.reason();
      board_.ask_to_stop(announced_);
    }
    board_.add(unreported_);
    unreported_ = Tally{};
    const Board::State state = board_.look();
    announced_ = std::max(announced_, state.stop);
    stop_.request(state.stop);
    if (progress_ != nullptr) {
      const auto& counts = state.tally.finished;
      const std::int64_t finished = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
      // The rounded parts of the work need not add up to all of it.
      const double work = static_cast<double>(state.tally.work) / k_work_units;
      progress_->show(finished, counts[static_cast<std::size_t>(Status::failed)],
                      finished == to_compute_ ? 1.0 : std::min(work, 1.0));
    }
    next_look_ = clock_() + k_look_period;
  }

 private:
  const Communicator& communicator_;
  const Clock& clock_;
  Board& board_;
  Stop& stop_;
  Progress* progress_;
  std::int64_t to_compute_;
  Tally unreported_;
  StopReason announced_ = StopReason::none;
  double next_look_ = 0.0;
};

/// One rank's part of a running campaign.
class Worker {
 public:
  Worker(const Configuration& configuration, const CampaignOptions& options, double campaign_cost,
         Pulse& pulse, Watchdog& watchdog, Checkpoints& checkpoints, ResultsWriter& writer)
      : configuration_(configuration),
        options_(options),
        campaign_cost_(campaign_cost),
        pulse_(pulse),
        watchdog_(watchdog),
        checkpoints_(checkpoints),
        writer_(writer) {}

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
    const std::int64_t flat = flat_index(configuration_.grid, point);
    const double units = k_work_units * cost_of(configuration_, point) / campaign_cost_;
    std::int64_t units_behind = 0;
    const auto advance = [&](double fraction) {
      const std::int64_t behind = std::llround(units * fraction);
      if (behind <= units_behind) return;
      pulse_.add_work(behind - units_behind);
      units_behind = behind;
    };
    std::optional<PointState> kept = checkpoints_.load(flat);
    double seconds_kept = kept ? kept->seconds : 0.0;
    const auto go_on = [&](const PointState& state) {
      advance(std::min(state.fraction, 1.0));
      const bool on = pulse_.beat();
      if (state.seconds - seconds_kept >=
          (on ? options_.checkpoint_interval : k_seconds_worth_keeping)) {
        checkpoints_.keep(flat, state);
        seconds_kept = state.seconds;
      }
      return on;
    };
    const std::optional<PointResult> result = guarded(point, go_on, std::move(kept));
    if (!result) return;
    {
      const auto whole = watchdog_.hold();
      writer_.write(point, *result);
    }
    checkpoints_.remove(flat);
    advance(1.0);
    pulse_.add_finished(result->record.status);
    if (result->record.status == Status::failed) report_failure(point, result->message);
  }

  /// Whatever the computation throws becomes the record.
  std::optional<PointResult> guarded(const GridPoint& point, const GoOn& go_on,
                                     std::optional<PointState> kept) {
    try {
      return options_.compute(configuration_, point, go_on, std::move(kept));
    } catch (const std::exception& exception) {
      PointResult failure;
      failure.record.status = Status::failed;
      failure.message = exception.what();
      return failure;
    }
  }

  void report_failure(const GridPoint& point, const std::string& message) {
    if (++failures_ > k_failures_named) return;
    say(options_, fmt::format("{}: failed: {}{}", describe(configuration_.grid, point), message,
                              failures_ == k_failures_named ? " (more are not listed)" : ""));
  }

  const Configuration& configuration_;
  const CampaignOptions& options_;
  double campaign_cost_;
  Pulse& pulse_;
  Watchdog& watchdog_;
  Checkpoints& checkpoints_;
  ResultsWriter& writer_;
  std::int64_t failures_ = 0;
};

}  // namespace

ExitCode CampaignOutcome::exit_code() const {
  if (left > 0) return ExitCode::work_left;
  return count(Status::failed) > 0 ? ExitCode::points_failed : ExitCode::success;
}

CampaignOutcome run_campaign(const Configuration& configuration, const std::filesystem::path& file,
                             const Communicator& communicator, Stop& stop,
                             const CampaignOptions& options) {
  const double begin = options.clock();
  const Start start = start_campaign(configuration, file, communicator);

  CampaignOutcome outcome;
  outcome.points = start.points;
  if (start.to_compute == 0) return outcome;

  std::optional<ResultsWriter> writer;
  writer.emplace(file, configuration, communicator.handle());
  const Slices slices(configuration, communicator.size());
  Board board(communicator);
  PointSource<Board> source(slices, communicator.rank(), board,
                            PointsToCompute(configuration.grid, *writer));
  std::optional<Progress> progress;
  if (communicator.is_root()) {
    progress.emplace(*options.log, options.terminal, options.clock, outcome.total(),
                     outcome.total() - start.to_compute);
  }
  Pulse pulse(communicator, options.clock, board, stop, progress ? &*progress : nullptr,
              start.to_compute);

  Checkpoints checkpoints(file, configuration,
                          [&](const std::string& warning) { say(options, warning); });
  std::optional<Watchdog> watchdog;
  watchdog.emplace(stop, k_seconds_to_stop, options.give_up);

  std::optional<std::string> error;
  try {
    Worker(configuration, options, start.cost, pulse, *watchdog, checkpoints, *writer).work(source);
  } catch (const std::exception& exception) {
    error = exception.what();
    stop.request(StopReason::error);
  }
  // Before waiting, what this rank has done and wants is on the board; afterwards, what all have.
  pulse.look_around();
  communicator.wait_for_all([&] { pulse.beat(); });
  watchdog.reset();
  pulse.look_around();
  if (progress) progress->end();
  agree(communicator, error);

  writer.reset();
  agreed_on_root(communicator, [&] {
    outcome.points = count_by_status(ResultsReader(file).statuses());
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
