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

/// If less time than this was spent on a point, a stop does not save its state.
constexpr double k_seconds_worth_keeping = 1.0;
/// The largest number of lines of each rank about single points: points that failed, which `flatgrid status`
/// lists, and points that could not be copied from an earlier file.
constexpr std::int64_t k_points_named = 10;

/// Whether a point was to be computed at the start of this run. Reads the statuses from the file when needed, so
/// that no rank stores all statuses. (PointSource asks about each point once, so points finished in this run do not
/// matter.)
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
  static constexpr std::int64_t k_block =
      256;  // number of consecutive seeds that are read together

  const configuration::Axes& axes_;
  const Recorder& recorder_;
  configuration::GridPoint first_;
  std::vector<grid::Status> statuses_;  // statuses of the points starting at `first_`
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
      const bool copied = result.has_value();
      const double begin = options_.clock();
      if (!copied) result = compute(*point);
      if (!result) break;  // stopped
      const grid::Status status = result->record.status;
      const std::string message = result->message;
      record(*point, std::move(*result));
      if (copied) {
        rank_.exchange.add_taken();
      } else {
        rank_.exchange.add_computed(seed_group_of(axes, *point), options_.clock() - begin);
      }
      if (status == grid::Status::failed) {
        tell(fmt::format("{}: failed: {}", configuration::describe(axes, *point), message));
      }
    }
    rank_.recorder->close();
    wait_for_recorder();
  }

 private:
  /// Computes a point, from its checkpoint if there is one, and calls look_around every few milliseconds. An
  /// exception of the computation becomes a failed record. If stopped, returns nothing; the checkpoint is saved
  /// unless less than k_seconds_worth_keeping would be lost.
  std::optional<grid::PointResult> compute(const configuration::GridPoint& point) {
    const std::int64_t flat = configuration::flat_index(study_.configuration.grid, point);
    std::optional<grid::PointState> kept = rank_.checkpoints.load(flat);
    double seconds_kept = kept ? kept->seconds : 0.0;
    // The price can exceed `cost_`, which excludes points of earlier files: one of them may not be readable.
    const double units = k_work_units * std::min(prices_(point).flops / cost_, 1.0);
    std::int64_t units_added = 0;
    const auto add_work = [&](double fraction) {
      const std::int64_t done = std::llround(units * fraction);
      if (done <= units_added) return;
      rank_.exchange.add_work(done - units_added);
      units_added = done;
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
    wait_for_recorder();
    rank_.exchange.add_finished(status);
  }

  /// Waits until the recorder accepts another point.
  void wait_for_recorder() {
    while (rank_.recorder->is_behind()) look_around_and_pause(rank_);
  }

  /// Writes a line about a point into the log, at most k_points_named lines.
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
  std::int64_t told_ = 0;  // number of lines about points
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
