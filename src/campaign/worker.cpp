// SPDX-License-Identifier: MIT
#include "worker.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/grid/prices.hpp"
#include "flatgrid/schedule/slices.hpp"

namespace flatgrid::campaign {
namespace {

/// Spent on a point less than this, its state is not worth a file when the campaign stops.
constexpr double k_seconds_worth_keeping = 1.0;
/// Lines of each rank about single points: those that failed, which `flatgrid status` knows, and those
/// that could not be taken from an earlier file.
constexpr std::int64_t k_points_named = 10;

/// Which points were to be computed when this run began, asked of the file as their turn comes: no
/// rank needs to know of more points than it looks at. (What has been finished since is known by
/// the slices' counters.)
class PointsToCompute {
 public:
  PointsToCompute(const configuration::Axes& axes, const Recorder& recorder)
      : axes_(axes), recorder_(recorder) {}

  bool operator()(const configuration::GridPoint& point) {
    configuration::GridPoint first = point;
    first.seed -= point.seed % k_block;
    if (statuses_.empty() || first != first_) {
      first_ = first;
      statuses_ = recorder_.statuses(first, std::min(k_block, std::ssize(axes_.seed) - first.seed));
    }
    return grid::is_to_compute(configuration::at(statuses_, point.seed - first.seed));
  }

 private:
  static constexpr std::int64_t k_block = 256;  // seeds read at once, as points stand in slices

  const configuration::Axes& axes_;
  const Recorder& recorder_;
  configuration::GridPoint first_;
  std::vector<grid::Status> statuses_;  // of the points from `first_` on
};

class Worker {
 public:
  Worker(Rank& rank, const archive::EarlierResults& earlier, double cost)
      : rank_(rank),
        study_(rank.campaign.study),
        options_(rank.campaign.options),
        earlier_(earlier),
        prices_(study_),
        cost_(cost),
        slices_(study_, rank.counters.ranks(), options_.part),
        source_(slices_, rank.campaign.communicator.rank(), rank.counters,
                PointsToCompute(study_.configuration.grid, *rank.recorder)) {}

  void work() {
    const configuration::Axes& axes = study_.configuration.grid;
    while (look_around(rank_)) {
      const std::optional<configuration::GridPoint> point = source_.take();
      if (!point) break;
      rank_.exchange.set_under_way(configuration::flat_index(axes, *point));
      std::optional<grid::PointResult> result =
          earlier_.point(*point, [this](const std::string& line) { tell(line); });
      const bool taken = result.has_value();
      const double begin = options_.clock();
      if (!taken) result = compute(*point);
      if (!result) break;  // asked to stop: its checkpoint is kept
      const grid::Status status = result->record.status;
      const std::string message = result->message;
      record(*point, std::move(*result));
      if (taken) {
        rank_.exchange.add_taken();
      } else {
        rank_.exchange.add_computed(kind_of(axes, *point), options_.clock() - begin);
      }
      if (status == grid::Status::failed) {
        tell(fmt::format("{}: failed: {}", configuration::describe(axes, *point), message));
      }
    }
    rank_.recorder->close();
    wait_until_written();
  }

 private:
  /// Computes a point, from its checkpoint on if there is one, and looks around every few
  /// milliseconds. Whatever the computation throws becomes the record. Empty if asked to stop.
  std::optional<grid::PointResult> compute(const configuration::GridPoint& point) {
    const std::int64_t flat = configuration::flat_index(study_.configuration.grid, point);
    std::optional<grid::PointState> kept = rank_.checkpoints.load(flat);
    double seconds_kept = kept ? kept->seconds : 0.0;
    // More than there is, where a point was to be taken that could not be.
    const double units = k_work_units * std::min(prices_(point).flops / cost_, 1.0);
    std::int64_t units_behind = 0;
    const auto add_work = [&](double fraction) {
      const std::int64_t behind = std::llround(units * fraction);
      if (behind <= units_behind) return;
      rank_.exchange.add_work(behind - units_behind);
      units_behind = behind;
    };
    const auto go_on = [&](const grid::PointUnderWay& under_way) {
      add_work(std::min(under_way.fraction, 1.0));
      const bool on = look_around(rank_);
      if (under_way.seconds - seconds_kept >=
          (on ? options_.checkpoint_interval : k_seconds_worth_keeping)) {
        rank_.checkpoints.keep(flat, under_way.state());
        seconds_kept = under_way.seconds;
      }
      return on;
    };
    std::optional<grid::PointResult> result;
    try {
      result = options_.compute(study_, point, go_on, std::move(kept));
    } catch (const std::exception& exception) {
      result.emplace();
      result->record.status = grid::Status::failed;
      result->message = exception.what();
    }
    if (result) add_work(1.0);
    return result;
  }

  void record(const configuration::GridPoint& point, grid::PointResult result) {
    const grid::Status status = result.record.status;
    rank_.recorder->add(point, std::move(result));
    wait_until_written();
    rank_.exchange.add_finished(status);
  }

  /// Written by this rank, or sent to the one that writes.
  void wait_until_written() {
    while (rank_.recorder->is_behind()) look_around_and_pause(rank_);
  }

  /// A line about a point into the log, the first few only.
  void tell(const std::string& line) {
    if (++told_ > k_points_named) return;
    options_.say(
        fmt::format("{}{}", line, told_ == k_points_named ? " (more are not listed)" : ""));
  }

  Rank& rank_;
  const grid::Study& study_;
  const CampaignOptions& options_;
  const archive::EarlierResults& earlier_;
  grid::PointPrices prices_;
  double cost_;
  schedule::Slices slices_;
  schedule::PointSource<CampaignCounters> source_;
  std::int64_t told_ = 0;  // lines about points
};

}  // namespace

void work(Rank& rank, const archive::EarlierResults& earlier, double cost) {
  try {
    Worker(rank, earlier, cost).work();
  } catch (const std::exception& exception) {
    rank.fault.report(exception.what());
  }
}

}  // namespace flatgrid::campaign
