// SPDX-License-Identifier: MIT
/// Which rank computes which grid points, and whom to help when done. Pure functions of the
/// configuration, without MPI: every rank works them out for itself, and no rank holds anything
/// that grows with the number of points or ranks.
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

/// The points of a part of a grid in slices, one a rank, which may be empty.
///
/// Points of one algorithm, number of samples and width cost the same: they form a cell. The points
/// stand in order of falling predicted cost, in two passes: first a few of every cell, one a noise,
/// the heads of blocks of equal length; then the others. So it is known early how long every kind of
/// point really takes, and the short ones come last. They are dealt out like cards, in bundles:
/// bundle p of that order belongs to slice p mod R, as its number p / R. A bundle is one point, or
/// neighbours of which all together take a millisecond or so, that their rows may be written at once;
/// never so many that a slice has less than a few of them. Slices differ by the cost of one bundle at
/// most in either pass. Memory O(cells); a bundle is found in O(log cells).
class Slices {
 public:
  /// `slices` >= 1. Depends on the arguments alone.
  Slices(const grid::Study& study, int slices, const grid::Part& part = {});

  [[nodiscard]] int count() const { return count_; }
  /// Number of bundles of a slice.
  [[nodiscard]] std::int64_t size(int slice) const;
  /// The points of bundle `number` of a slice, 0 <= number < size(slice), in order.
  [[nodiscard]] std::vector<configuration::GridPoint> bundle(int slice, std::int64_t number) const;

 private:
  /// The heads of a cell's blocks, or the others.
  struct Stretch {
    configuration::GridPoint cell;  ///< its first point, whether of the part or not
    std::int64_t first_in;          ///< number in the cell of the first point of the part
    std::int64_t block;             ///< points of the part in a block, the last one aside
    bool heads;
    std::int64_t points;  ///< of the part
    std::int64_t bundle;  ///< points in a bundle, the last one aside
    std::int64_t before;  ///< bundles in the stretches before
  };
  [[nodiscard]] configuration::GridPoint point(const Stretch& stretch, std::int64_t number) const;

  std::vector<Stretch> stretches_;
  std::int64_t seeds_;        // on the axis
  std::int64_t stride_;       // from a point of the part to the next, within a cell
  std::int64_t bundles_ = 0;  // of all
  int count_;
};

/// Takes points for one rank: from its own slice while that lasts, then from slices of ranks that
/// are behind.
///
/// A slice's counter says how many of its bundles are behind it, handed out or found to need no
/// computing. Bundles are claimed by raising it, so no two ranks get the same one. `Counters`, which
/// all ranks share, begin at 0 and offer
///     std::int64_t raise(int slice, std::int64_t value)   atomically raises a counter to at least
///                                                          `value`, returns what it was before
///     void read(int first, std::span<std::int64_t> values) the counters from slice `first` on
/// Looking for a slice to help costs O(1) reads whatever the number of ranks.
template <class Counters>
class PointSource {
 public:
  /// Whether a point, when its turn comes, is to be computed by this campaign at all.
  using ToCompute = std::function<bool(const configuration::GridPoint&)>;

  PointSource(const Slices& slices, int rank, Counters& counters, ToCompute to_compute)
      : slices_(slices),
        rank_(rank),
        counters_(counters),
        to_compute_(std::move(to_compute)),
        blocks_((slices.count() + k_block - 1) / k_block),
        // Helpers begin at blocks all over the campaign, not all at the same.
        block_(static_cast<int>((static_cast<std::uint64_t>(rank) * 0x9E3779B97F4A7C15U >> 33U) %
                                static_cast<std::uint64_t>(blocks_))) {}

  /// Empty when there is nothing left for this rank to do.
  std::optional<configuration::GridPoint> take() {
    if (bundle_.empty() && !claim_own() && !claim_from_others()) return std::nullopt;
    const configuration::GridPoint point = bundle_.back();
    bundle_.pop_back();
    return point;
  }

 private:
  /// Counters are read in blocks of this many ...
  static constexpr int k_block = 64;
  /// ... and of no more than so many blocks: of 2048 ranks, one that is done sees all, of more a
  /// sample. What nobody sees is left to the slice's owner.
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

  /// From the slice with the most bundles left, until the block is empty.
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

  /// Claims a bundle of a slice whose counter has been at `seen`: of all ranks that want bundle k,
  /// the one that raises the counter from k or less to k + 1 has it. Its number; none if none is left.
  std::optional<std::int64_t> claim(int slice, std::int64_t seen) {
    const std::int64_t size = slices_.size(slice);
    while (seen < size) {
      std::int64_t next = seen;
      for (; next < size && bundle_.empty(); ++next) {
        bundle_ = slices_.bundle(slice, next);
        std::erase_if(bundle_,
                      [&](const configuration::GridPoint& point) { return !to_compute_(point); });
      }
      const std::int64_t before = counters_.raise(slice, next);
      if (!bundle_.empty() && before < next) {
        std::ranges::reverse(bundle_);
        return next - 1;
      }
      bundle_.clear();
      seen = std::max(before, next);
    }
    return std::nullopt;
  }

  const Slices& slices_;
  int rank_;
  Counters& counters_;
  ToCompute to_compute_;
  int blocks_;
  int block_;             // where the search for work begins
  std::int64_t own_ = 0;  // of the own slice: bundles known to be behind it
  std::vector<configuration::GridPoint>
      bundle_;  // what is left of the last one, the next point last
};

}  // namespace flatgrid::schedule
