// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/campaign.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <exception>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/archive/earlier_results.hpp"
#include "flatgrid/base/aside.hpp"
#include "flatgrid/base/file_identity.hpp"
#include "flatgrid/campaign/checkpoints.hpp"
#include "flatgrid/campaign/counters.hpp"
#include "flatgrid/campaign/exchange.hpp"
#include "flatgrid/campaign/lock.hpp"
#include "flatgrid/campaign/overview.hpp"
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

/// Lines of each rank about single points: those that failed, which `flatgrid status` knows, and those
/// that could not be taken from an earlier file.
constexpr std::int64_t k_points_named = 10;

/// A line of the log, not into the progress bar.
void say(const CampaignOptions& options, const std::string& line) {
  *options.log << fmt::format("{}flatgrid: {}\n", options.columns ? "\r\033[K" : "", line)
               << std::flush;
}

/// Whether points of the file can be taken with --reuse.
bool can_be_reused(const Study& study, const std::filesystem::path& file) {
  try {
    return EarlierResults(study, {file}).of_another_build().empty();
  } catch (const Error&) {
    return false;
  }
}

void refuse_another_configuration(const Study& study, const std::filesystem::path& file,
                                  const Configuration& there) {
  const Configuration& here = study.configuration;
  const ConfigurationKey* key = first_difference(here, there);
  if (key == nullptr) return;
  throw Error(fmt::format(
      "{}: belongs to another configuration: {} = {} there, {} here; choose another results file{}",
      file.string(), key->name, key->text(there), key->text(here),
      can_be_reused(study, file)
          ? fmt::format("; with --reuse {} its points are taken, not computed again", file.string())
          : ""));
}

std::string describe(const Part& part) {
  return part.is_whole() ? "the whole grid" : "part " + part_text(part);
}

/// Statuses of all points of a results file, which must be of this configuration and part.
std::vector<Status> statuses_of(const Study& study, const Part& part,
                                const std::filesystem::path& file) {
  const ResultsReader reader(file);
  refuse_another_configuration(study, file, reader.configuration());
  if (reader.part() != part) {
    throw Error(fmt::format("{}: is for {}, not for {}; choose another results file", file.string(),
                            describe(reader.part()), describe(part)));
  }
  require_same_data(study.problem, reader);
  return reader.statuses();
}

using PointsByStatus = std::array<std::int64_t, k_status_count>;

PointsByStatus count_points(const Axes& axes, const Part& part,
                            const std::vector<Status>& statuses) {
  PointsByStatus points{};
  for (std::int64_t flat = 0; flat < std::ssize(statuses); ++flat) {
    if (!part.contains(axes, grid_point(axes, flat))) continue;
    ++points[static_cast<std::size_t>(at(statuses, flat))];
  }
  return points;
}

void require_writable(const std::filesystem::path& file, std::string_view action,
                      const std::filesystem::path& written) {
  if (::access(written.c_str(), W_OK) == 0) return;
  throw Error(fmt::format("{}: cannot {}: {}", file.string(), action,
                          std::generic_category().message(errno)));
}

/// What rank 0 has found in the file, the same on all ranks.
struct Start {
  PointsByStatus points{};  ///< of the part
  std::int64_t to_compute = 0;
  double cost = 0.0;         ///< predicted, of the points to compute that no earlier file holds
  double cost_behind = 0.0;  ///< of the others
};

/// Points to compute that no earlier file holds, by kind, see forecast.hpp. Known to rank 0.
using PointsByKind = std::vector<std::int64_t>;

/// `earlier`: by flat index, whether an earlier file holds the point; empty if there is none.
/// Fills `to_compute`.
Start start_of(const Study& study, const Part& part, const std::vector<Status>& statuses,
               const std::vector<bool>& earlier, PointsByKind& to_compute) {
  const Axes& axes = study.configuration.grid;
  const PointPrices prices(study);
  Start start;
  start.points = count_points(axes, part, statuses);
  to_compute.assign(static_cast<std::size_t>(kind_count(axes)), 0);
  for (std::int64_t flat = 0; flat < std::ssize(statuses); ++flat) {
    const GridPoint point = grid_point(axes, flat);
    if (!part.contains(axes, point)) continue;
    const Status status = at(statuses, flat);
    const bool held = !earlier.empty() && earlier[static_cast<std::size_t>(flat)];
    const bool costs = is_to_compute(status) && !held;
    (costs ? start.cost : start.cost_behind) += prices(point).flops;
    if (costs) ++to_compute[static_cast<std::size_t>(kind_of(axes, point))];
    if (is_to_compute(status)) ++start.to_compute;
  }
  return start;
}

/// A results file that this run has created, if it has. It is removed again unless work begins on
/// it: whoever is told that nothing was changed finds nothing changed.
class CreatedFile {
 public:
  CreatedFile() = default;
  ~CreatedFile() {
    std::error_code ignored;
    if (file_) std::filesystem::remove(*file_, ignored);
  }
  CreatedFile(const CreatedFile&) = delete;
  CreatedFile& operator=(const CreatedFile&) = delete;

  void created(const std::filesystem::path& file) { file_ = file; }
  void keep() { file_.reset(); }

 private:
  std::optional<std::filesystem::path> file_;
};

/// The results files to be reused. Throws Error if one of them cannot be.
EarlierResults checked_earlier_results(const Study& study, const std::filesystem::path& file,
                                       const CampaignOptions& options) {
  for (const std::filesystem::path& reused : options.reuse) {
    std::error_code unreachable;
    if (!std::filesystem::equivalent(reused, file, unreachable)) continue;
    throw Error(
        fmt::format("{}: is itself the file to be written, which a run goes on with "
                    "without --reuse",
                    reused.string()));
  }
  return {study, options.reuse};
}

/// The results files to be reused, on every rank. Rank 0 says which cannot be, as it sees them first.
EarlierResults open_earlier_results(const Study& study, const std::filesystem::path& file,
                                    const Communicator& communicator,
                                    const CampaignOptions& options) {
  std::optional<EarlierResults> earlier;
  agreed_on_root(communicator, [&] {
    earlier.emplace(checked_earlier_results(study, file, options));
    const auto& others = earlier->of_another_build();
    if (others.empty()) return;
    say(options,
        fmt::format("{}{}: written by another build of flatgrid, whose points may have other bits: "
                    "none is taken",
                    others.front().string(),
                    others.size() > 1 ? fmt::format(" and {} more", others.size() - 1) : ""));
  });
  agreed(communicator, [&] {
    if (!earlier) earlier.emplace(study, options.reuse);
  });
  return std::move(*earlier);
}

/// Checks or creates the file on rank 0 and, if there is anything to compute, locks out every other
/// campaign.
Start start_campaign(const Study& study, const std::filesystem::path& file,
                     const Communicator& communicator, const CampaignOptions& options,
                     const EarlierResults& earlier, std::optional<CampaignLock>& lock,
                     CreatedFile& created, PointsByKind& to_compute) {
  Start start;
  agreed_on_root(communicator, [&] {
    const auto say_line = [&](const std::string& line) { say(options, line); };
    std::error_code unreachable;
    const std::vector<bool> held = earlier.finished();
    const auto found = [&] {
      return start_of(study, options.part, statuses_of(study, options.part, file), held,
                      to_compute);
    };
    const auto exists = [&] { return std::filesystem::exists(file, unreachable); };
    if (exists()) {
      start = found();
      if (start.to_compute == 0) return;
    } else {
      require_folder_of(file);
    }
    lock.emplace(file, communicator.size(), say_line);
    // Nobody else writes now: what there is counts.
    if (!exists()) {
      create_results_file(file, study, options.part);
      created.created(file);
    }
    start = found();
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
  Worker(const Study& study, const CampaignOptions& options, double campaign_cost,
         const EarlierResults& earlier, Exchange& exchange, Checkpoints& checkpoints,
         Recorder& recorder)
      : study_(study),
        prices_(study),
        options_(options),
        campaign_cost_(campaign_cost),
        earlier_(earlier),
        exchange_(exchange),
        checkpoints_(checkpoints),
        recorder_(recorder) {}

  /// Takes or computes points until none is left or a stop is asked for.
  void work(PointSource<CampaignCounters>& source) {
    while (exchange_.may_go_on()) {
      const std::optional<GridPoint> point = source.take();
      if (!point) break;
      exchange_.set_under_way(flat_index(study_.configuration.grid, *point));
      if (!take(*point)) compute(*point);
    }
    recorder_.write_waiting([this] { exchange_.may_go_on(); });
  }

 private:
  /// Spent on a point less than this, its state is not worth a file when the campaign stops.
  static constexpr double k_seconds_worth_keeping = 1.0;

  /// Records the point as an earlier file holds it. False if none does.
  bool take(const GridPoint& point) {
    auto result = earlier_.point(point, [this](const std::string& line) { tell(line); });
    if (!result) return false;
    record(point, std::move(*result));
    exchange_.add_taken();
    return true;
  }

  void compute(const GridPoint& point) {
    const Axes& axes = study_.configuration.grid;
    const std::int64_t flat = flat_index(axes, point);
    const double begin = options_.clock();
    // More than there is, where a point was to be taken that could not be.
    const double units = k_work_units * std::min(prices_(point).flops / campaign_cost_, 1.0);
    std::int64_t units_behind = 0;
    const auto advance = [&](double fraction) {
      const std::int64_t behind = std::llround(units * fraction);
      if (behind <= units_behind) return;
      exchange_.add_work(behind - units_behind);
      units_behind = behind;
    };
    std::optional<PointState> kept = checkpoints_.load(flat);
    double seconds_kept = kept ? kept->seconds : 0.0;
    const auto go_on = [&](const PointUnderWay& under_way) {
      advance(std::min(under_way.fraction, 1.0));
      const bool on = exchange_.may_go_on();
      if (under_way.seconds - seconds_kept >=
          (on ? options_.checkpoint_interval : k_seconds_worth_keeping)) {
        checkpoints_.keep(flat, under_way.state());
        seconds_kept = under_way.seconds;
      }
      return on;
    };
    std::optional<PointResult> result = guarded(point, go_on, std::move(kept));
    if (!result) return;
    const bool failed = result->record.status == Status::failed;
    const std::string reason = failed ? result->message : "";
    record(point, std::move(*result));
    advance(1.0);
    exchange_.add_computed(kind_of(axes, point), options_.clock() - begin);
    if (failed) tell(fmt::format("{}: failed: {}", describe(axes, point), reason));
  }

  void record(const GridPoint& point, PointResult result) {
    const Status status = result.record.status;
    recorder_.record(point, std::move(result), [this] { exchange_.may_go_on(); });
    exchange_.add_finished(status);
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

  /// A line about a point into the log, the first few only.
  void tell(const std::string& line) {
    if (++told_ > k_points_named) return;
    say(options_,
        fmt::format("{}{}", line, told_ == k_points_named ? " (more are not listed)" : ""));
  }

  const Study& study_;
  PointPrices prices_;
  const CampaignOptions& options_;
  double campaign_cost_;
  const EarlierResults& earlier_;
  Exchange& exchange_;
  Checkpoints& checkpoints_;
  Recorder& recorder_;
  std::int64_t told_ = 0;  // lines about points
};

/// One rank of a running campaign, from the opened file to the outcome. Construction, `end` and
/// destruction are collective. References outlive it.
class RunningRank {
 public:
  /// Opens the file on all ranks; no rank is past this before all are. Throws AgreedError if the
  /// file cannot be opened. Rank 0 hands in the `lock` it holds, the others nothing.
  RunningRank(const Study& study, const std::filesystem::path& file,
              const Communicator& communicator, Stop& stop, const CampaignOptions& options,
              const EarlierResults& earlier, const Start& start, PointsByKind to_compute,
              CampaignLock* lock)
      : study_(study),
        file_(file),
        communicator_(communicator),
        stop_(stop),
        options_(options),
        earlier_(earlier),
        start_(start),
        lock_(lock),
        identity_(file),
        watchdog_(std::in_place, stop, options.seconds_to_stop,
                  [this] {
                    if (lock_) lock_->abandon();
                    options_.give_up();
                  }),
        checkpoints_(file, study.configuration,
                     [this](const std::string& warning) {
                       // Next to the fault that has stopped all it is no news.
                       if (stop_.reason() != StopReason::error) say(options_, warning);
                     }),
        recorder_(make_recorder(study.configuration, file, communicator, *watchdog_, checkpoints_)),
        counters_(communicator, kind_count(study.configuration.grid)),
        exchange_(
            communicator, options.clock, counters_, stop, [this] { serve(); },
            [this](const CampaignCounters::Totals& totals) { show(totals); }) {
    agreed_on_root(communicator, [&] {
      Checkpoints::clean_up(file, [this](std::int64_t flat) { return is_recorded(flat); });
      const auto points =
          std::accumulate(start.points.begin(), start.points.end(), std::int64_t{0});
      if (!options.notice.empty()) say(options, options.notice);
      const ProgressState begin{
          .points = points,
          .finished = points - start.to_compute,
          .work_before = start.cost_behind / (start.cost_behind + start.cost)};
      overview_.emplace(*options.log, options.columns, options.clock, counters_, *lock, begin,
                        start.to_compute, Forecast(study, std::move(to_compute)));
    });
  }

  /// Takes or computes points until none is left or a stop is asked for. Whatever fails stops all ranks.
  void work() {
    try {
      const Slices slices(study_, communicator_.size(), options_.part);
      PointSource<CampaignCounters> source(slices, communicator_.rank(), counters_,
                                           PointsToCompute(study_.configuration.grid, *recorder_));
      Worker(study_, options_, start_.cost, earlier_, exchange_, checkpoints_, *recorder_)
          .work(source);
    } catch (const std::exception& exception) {
      fail(exception.what());
    }
  }

  /// From the end of this rank's work to the outcome of all. Throws CampaignFault on all ranks if
  /// any has met a fault.
  CampaignOutcome end() {
    try {
      meet();
      agree(communicator_, fault_);
      return conclude();
    } catch (const AgreedError& error) {
      throw CampaignFault(error.what());
    }
  }

 private:
  /// Ends the exchange between the ranks.
  void meet() {
    // The others learn at once what this rank has done, and why it stops if it does.
    exchange_.set_under_way(-1);
    exchange_.report_and_learn();
    // What it has recorded is taken over by the rank that writes it, which goes on to do so for
    // those that still compute.
    recorder_->wait_until_taken([this] { exchange_.may_go_on(); });
    communicator_.wait_for_all([this] { exchange_.may_go_on(); });
    // All are here: nobody is stuck in a computation any more.
    watchdog_.reset();
    // Once more, as all reports are in now.
    exchange_.report_and_learn();
    if (overview_) overview_->end();
  }

  /// Closes the file, counts what it holds and leaves nothing beside it that is of no more use.
  CampaignOutcome conclude() {
    recorder_.reset();
    CampaignOutcome outcome;
    agreed_on_root(communicator_, [&] {
      outcome.points =
          count_points(study_.configuration.grid, options_.part, ResultsReader(file_).statuses());
      Checkpoints::clean_up(file_, [](std::int64_t) { return false; });
    });
    communicator_.broadcast(outcome.points);
    const Tally tally = counters_.totals().tally;
    outcome.computed =
        std::accumulate(tally.finished.begin(), tally.finished.end(), std::int64_t{0});
    outcome.taken = tally.taken;
    outcome.left = start_.to_compute - outcome.computed;
    if (outcome.left > 0) outcome.stopped = stop_.reason();
    return outcome;
  }

  /// Between two chunks of this rank's work, and while it waits for others.
  void serve() {
    recorder_->serve();
    if (const auto error = recorder_->error()) fail(*error);
    if (!lock_) return;
    if (const auto lost = lock_->lost()) fail(*lost);
  }

  /// Whenever this rank has learnt what all have done. Rank 0 shows it, and sees to the file.
  void show(const CampaignCounters::Totals& totals) {
    if (!overview_) return;
    overview_->show(totals);
    if (!identity_.is_still_named(file_)) stop_for(text_of_loss());
  }

  /// Stops all ranks for an error; but if the file is gone, that is the reason of whatever fails.
  void fail(const std::string& error) {
    stop_for(identity_.is_still_named(file_)
                 ? error + "; what is finished is saved: run again once this is mended"
                 : text_of_loss());
  }

  void stop_for(const std::string& fault) {
    if (!fault_) fault_ = fault;  // what was first tells why
    stop_.request(StopReason::error);
  }

  [[nodiscard]] std::string text_of_loss() const {
    return fmt::format(
        "{}: was removed, renamed or replaced while it was being written; put it back and run "
        "again, or run again to begin anew",
        file_.string());
  }

  [[nodiscard]] bool is_recorded(std::int64_t flat) const {
    const Axes& axes = study_.configuration.grid;
    return flat >= axes.points() ||
           !is_to_compute(recorder_->statuses(grid_point(axes, flat), 1).front());
  }

  const Study& study_;
  const std::filesystem::path& file_;
  const Communicator& communicator_;
  Stop& stop_;
  const CampaignOptions& options_;
  const EarlierResults& earlier_;
  const Start& start_;
  CampaignLock* lock_;
  FileIdentity identity_;
  std::optional<std::string> fault_;  // of this rank, for the user
  std::optional<Watchdog> watchdog_;
  Checkpoints checkpoints_;
  std::unique_ptr<Recorder> recorder_;
  CampaignCounters counters_;
  std::optional<Overview> overview_;  // on rank 0
  Exchange exchange_;
};

}  // namespace

ExitCode CampaignOutcome::exit_code() const {
  if (left > 0) return ExitCode::work_left;
  return count(Status::failed) > 0 ? ExitCode::points_failed : ExitCode::success;
}

CampaignProspect foresee_campaign(const Study& study, const std::filesystem::path& file,
                                  const CampaignOptions& options) {
  checked_earlier_results(study, file, options);
  std::error_code unreachable;
  const bool exists = std::filesystem::exists(file, unreachable);
  std::vector<Status> statuses(static_cast<std::size_t>(study.configuration.grid.points()),
                               Status::pending);
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
    if (is_to_compute(static_cast<Status>(status))) prospect.to_compute += points[status];
  }
  return prospect;
}

CampaignOutcome run_campaign(const Study& study, const std::filesystem::path& file,
                             const Communicator& communicator, Stop& stop,
                             const CampaignOptions& options) {
  const double begin = options.clock();
  const EarlierResults earlier = open_earlier_results(study, file, communicator, options);
  std::optional<CampaignLock> lock;
  CreatedFile created;
  PointsByKind to_compute;
  const Start start =
      start_campaign(study, file, communicator, options, earlier, lock, created, to_compute);
  if (start.to_compute == 0) return {.points = start.points};

  RunningRank rank(study, file, communicator, stop, options, earlier, start, std::move(to_compute),
                   lock ? &*lock : nullptr);
  created.keep();
  rank.work();
  CampaignOutcome outcome = rank.end();
  outcome.seconds = options.clock() - begin;
  return outcome;
}

}  // namespace flatgrid
