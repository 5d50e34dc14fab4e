// SPDX-License-Identifier: MIT
/// The assignment of grid points to ranks. Pure functions of the configuration, without MPI: every rank
/// computes the assignment itself, and its memory does not grow with the number of points or ranks.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "flatgrid/grid/part.hpp"
#include "flatgrid/grid/study.hpp"

namespace flatgrid::schedule {

/// The points of a part of a grid, divided into slices, one for each rank. A slice may be empty.
///
/// The points of one algorithm, number of samples and width have the same price: they form a cost class
/// (grid/prices.hpp). The points are ordered by descending price in two passes. The first pass has a few
/// points of every cost class: each class is divided into blocks of equal length, one for each noise, and
/// the pass takes the first point of each block. The second pass has the other points. So the real time of
/// every cost class is known early, and the short points come last. The points are assigned in batches:
/// batch p of this order is number p / R of slice p mod R, R the number of slices. A batch is one point, or
/// neighbouring points that together take about a millisecond, so that their rows are written together; its
/// size is limited so that every slice has several batches. In each pass the prices of two slices differ by
/// at most one batch. Memory O(cost classes); a batch is found in O(log cost classes).
class Slices {
 public:
  /// `slices` >= 1. The result depends only on the arguments.
  Slices(const grid::Study& study, int slices, const grid::Part& part = {});

  [[nodiscard]] int count() const { return count_; }
  /// The number of batches of a slice.
  [[nodiscard]] std::int64_t size(int slice) const;
  /// The points of batch `number` of a slice, 0 <= number < size(slice), in order.
  [[nodiscard]] std::vector<configuration::GridPoint> batch(int slice, std::int64_t number) const;

 private:
  /// The points of one cost class in one pass.
  struct PointRange {
    configuration::GridPoint cost_class;  ///< the first point of the class, in the part or not
    std::int64_t first_in;                ///< position in the class of the first point of the part
    std::int64_t block;  ///< points of the part in a block; the last block may have fewer
    bool first_pass;
    std::int64_t points;  ///< number of points of the part in this range
    std::int64_t batch;   ///< points in a batch; the last batch may have fewer
    std::int64_t before;  ///< number of batches in all ranges before this one
  };
  [[nodiscard]] configuration::GridPoint point(const PointRange& range, std::int64_t number) const;

  std::vector<PointRange> ranges_;
  std::int64_t seeds_;        // number of seeds
  std::int64_t stride_;       // from a point of the part to the next, within a cost class
  std::int64_t batches_ = 0;  // number of batches of all slices
  int count_;
};

/// Takes points for one rank: first from its own slice, then from slices with the most remaining batches.
///
/// The counter of a slice is the number of its batches that are done with: claimed by a rank, or without
/// points to compute. A rank claims a batch by raising the counter, so no two ranks get the same batch.
/// `Counters`, which all ranks share, start at 0 and have
///     std::int64_t raise(int slice, std::int64_t value)   atomically raises a counter to at least
///                                                          `value`, returns what it was before
///     void read(int first, std::span<std::int64_t> values) the counters from slice `first` on
/// The search for a slice with remaining batches takes O(1) reads for any number of ranks.
template <class Counters>
class PointSource {
 public:
  /// Whether this campaign computes a point; asked when the point is claimed.
  using ToCompute = std::function<bool(const configuration::GridPoint&)>;

  PointSource(const Slices& slices, int rank, Counters& counters, ToCompute to_compute)
      : slices_(slices),
        rank_(rank),
        counters_(counters),
        to_compute_(std::move(to_compute)),
        blocks_((slices.count() + k_block - 1) / k_block),
        // Ranks start their search for work at different blocks.
        block_(static_cast<int>((static_cast<std::uint64_t>(rank) * 0x9E3779B97F4A7C15U >> 33U) %
                                static_cast<std::uint64_t>(blocks_))) {}

  /// The next point; empty if no work is left for this rank.
  std::optional<configuration::GridPoint> take() {
    if (batch_.empty() && !claim_own() && !claim_from_others()) return std::nullopt;
    const configuration::GridPoint point = batch_.back();
    batch_.pop_back();
    return point;
  }

 private:
  /// The number of counters that are read together, a block.
  static constexpr int k_block = 64;
  /// The largest number of blocks that a search reads: all counters for up to 2048 ranks, a sample of them
  /// for more. Batches that no search finds are computed by the owner of the slice.
  static constexpr int k_most_looks = 32;

  bool claim_own() {
    const auto number = claim(rank_, own_);
    own_ = number ? *number + 1 : slices_.size(rank_);
    return number.has_value();
  }

  bool claim_from_others() {
    for (int look = 0; look < std::min(blocks_, k_most_looks); ++look) {
      if (claim_from_block()) return true;
      block_ = (block_ + 1) % blocks_;
    }
    return false;
  }

  /// Claims from the slice of a block with the most batches left; false if the block has none.
  bool claim_from_block() {
    const int first = block_ * k_block;
    std::array<std::int64_t, k_block> block{};
    const std::span taken(block.data(),
                          static_cast<std::size_t>(std::min(k_block, slices_.count() - first)));
    for (;;) {
      counters_.read(first, taken);
      int fullest = first;
      std::int64_t most = 0;
      for (int slice = first; slice < first + static_cast<int>(taken.size()); ++slice) {
        const std::int64_t left =
            slices_.size(slice) - taken[static_cast<std::size_t>(slice - first)];
        if (left <= most) continue;
        fullest = slice;
        most = left;
      }
      if (most == 0) return false;
      if (claim(fullest, slices_.size(fullest) - most)) return true;
    }
  }

  /// Claims a batch of a slice; `seen` is an earlier value of its counter. The rank that raises the counter
  /// from k or less to k + 1 gets batch k. Returns the number of the batch; empty if none is left.
  std::optional<std::int64_t> claim(int slice, std::int64_t seen) {
    const std::int64_t size = slices_.size(slice);
    while (seen < size) {
      std::int64_t next = seen;
      for (; next < size && batch_.empty(); ++next) {
        batch_ = slices_.batch(slice, next);
        std::erase_if(batch_,
                      [&](const configuration::GridPoint& point) { return !to_compute_(point); });
      }
      const std::int64_t before = counters_.raise(slice, next);
      if (!batch_.empty() && before < next) {
        std::ranges::reverse(batch_);
        return next - 1;
      }
      batch_.clear();
      seen = std::max(before, next);
    }
    return std::nullopt;
  }

  const Slices& slices_;
  int rank_;
  Counters& counters_;
  ToCompute to_compute_;
  int blocks_;
  int block_;             // where the next search for work starts
  std::int64_t own_ = 0;  // number of batches of the own slice that are known to be claimed
  std::vector<configuration::GridPoint>
      batch_;  // the remaining points of the claimed batch, the next point last
};

}  // namespace flatgrid::schedule
