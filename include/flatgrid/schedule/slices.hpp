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

namespace flatgrid {

/// The points of a part of a grid in slices, one a rank, which may be empty.
///
/// Points of one algorithm, number of samples and width cost the same: they form a cell. The points
/// stand in order of falling predicted cost, in two passes: first a few of every cell, one a noise,
/// the heads of blocks of equal length; then the others. So it is known early how long every kind of
/// point really takes, and the short ones come last. The points are dealt out like cards: point p
/// of that order belongs to slice p mod R, as its number p / R. Slices differ by the cost of one
/// point at most in either pass. Memory O(cells); a point is found in O(log cells).
class Slices {
 public:
  /// `slices` >= 1. Depends on the arguments alone.
  Slices(const Study& study, int slices, const Part& part = {});

  [[nodiscard]] int count() const { return count_; }
  /// Number of points of a slice.
  [[nodiscard]] std::int64_t size(int slice) const;
  /// Point `number` of a slice, 0 <= number < size(slice).
  [[nodiscard]] GridPoint point(int slice, std::int64_t number) const;

 private:
  /// The heads of a cell's blocks, or the others.
  struct Stretch {
    GridPoint cell;         ///< its first point, whether of the part or not
    std::int64_t first_in;  ///< number in the cell of the first point of the part
    std::int64_t block;     ///< points of the part in a block, the last one aside
    bool heads;
    std::int64_t before;  ///< points of the part in the stretches before
  };
  std::vector<Stretch> stretches_;
  std::int64_t seeds_;       // on the axis
  std::int64_t stride_;      // from a point of the part to the next, within a cell
  std::int64_t points_ = 0;  // of the part
  int count_;
};

/// Takes points for one rank: from its own slice while that lasts, then from slices of ranks that
/// are behind.
///
/// A slice's counter says how many of its points are behind it, handed out or found to need no
/// computing. Points are claimed by raising it, so no two ranks get the same one. `Counters`, which
/// all ranks share, begin at 0 and offer
///     std::int64_t raise(int slice, std::int64_t value)   atomically raises a counter to at least
///                                                          `value`, returns what it was before
///     void read(int first, std::span<std::int64_t> values) the counters from slice `first` on
/// Looking for a slice to help costs O(1) reads whatever the number of ranks.
template <class Counters>
class PointSource {
 public:
  /// Whether a point, when its turn comes, is to be computed by this campaign at all.
  using ToCompute = std::function<bool(const GridPoint&)>;

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
  std::optional<GridPoint> take() {
    if (const auto number = claim(rank_, own_)) {
      own_ = *number + 1;
      return slices_.point(rank_, *number);
    }
    own_ = slices_.size(rank_);
    for (int look = 0; look < std::min(blocks_, k_most_looks); ++look) {
      if (auto point = take_from_block()) return point;
      block_ = (block_ + 1) % blocks_;
    }
    return std::nullopt;
  }

 private:
  /// Counters are read in blocks of this many ...
  static constexpr int k_block = 64;
  /// ... and of no more than so many blocks: of 2048 ranks, one that is done sees all, of more a
  /// sample. What nobody sees is left to the slice's owner.
  static constexpr int k_most_looks = 32;

  /// From the slice with the most points left, until the block is empty.
  std::optional<GridPoint> take_from_block() {
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
      if (most == 0) return std::nullopt;
      if (const auto number = claim(fullest, slices_.size(fullest) - most)) {
        return slices_.point(fullest, *number);
      }
    }
  }

  /// Claims a point of a slice whose counter has been at `seen`: of all ranks that want point k,
  /// the one that raises the counter from k or less to k + 1 has it. Empty if none is left.
  std::optional<std::int64_t> claim(int slice, std::int64_t seen) {
    const std::int64_t size = slices_.size(slice);
    while (seen < size) {
      std::int64_t next = seen;
      while (next < size && !to_compute_(slices_.point(slice, next))) ++next;
      const std::int64_t before = counters_.raise(slice, std::min(next + 1, size));
      if (next < size && before <= next) return next;
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
  std::int64_t own_ = 0;  // of the own slice: points known to be behind it
};

}  // namespace flatgrid
