// SPDX-License-Identifier: MIT
/// Column generation for convex problems over measures of directions.
///
/// Problem, over any number of directions w in R^d:
///   min sum_j |b_j|   subject to   sum_j b_j phi(w_j) = y,     phi(w) = sigma(X w) / g(w) in R^r.
/// Dual: max l.y subject to |l.phi(w)| <= 1 for all w. Any multipliers l [r] give the lower bound
///   l.y / kappa(l),   kappa(l) = max_w |l.phi(w)|.
/// What differs between problems is passed in: the gauge g (Gauge) and the search for the maxima of
/// |l.phi| (Oracle). search.hpp brings both for activations of degree 1, relaxation.hpp for degree k.
///
/// A round:
///   1. master   l of the dual over a pool of directions, near the best l so far      (master.hpp)
///   2. join     neurons that one neuron can replace become one
///   3. oracle   kappa(l), and the directions with |l.phi| > 1, which the pool lacks
///   4. bound    if l.y / kappa(l) is the best: l_ref = l / kappa(l), and a weaker proximal term
///   5. simplex  if the master nearly fits: the least exact fit over the pool, and its own l to the
///               oracle                                                              (simplex.hpp)
///   6. mean     the mean of the best multipliers so far to the oracle
/// Rounds end by one of the reasons of Termination. Then come k_closing_rounds of steps 5 and 6, and
/// the recheck: a kappa(l) that climbs have found may be too low, so that the best multipliers go to
/// the oracle with Effort::recheck times the climbs that their bound rests on. If that lowers the bound by more
/// than 0.015 %, the rounds go on with what was found, Effort::resumptions times at most. An oracle that
/// visits every direction needs no recheck.
///
/// A round is a function of the state: nothing depends on the clock or on where a run is cut.
/// Cost of a round: 15 r^2 m flops for the master, m <= Effort::pool, and the oracle's.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "flatgrid/algorithm/flattest/candidates.hpp"
#include "flatgrid/algorithm/flattest/draws.hpp"
#include "flatgrid/algorithm/flattest/pool.hpp"
#include "flatgrid/algorithm/flattest/rounds.hpp"

namespace flatgrid::flattest {

inline constexpr std::int64_t k_closing_rounds = 3;

/// The norm in which measures are small: features and what neurons may be joined.
class Gauge {
 public:
  virtual ~Gauge() = default;
  /// phi(w_j) = sigma(X w_j) / g(w_j) of every direction, [r, m].
  [[nodiscard]] virtual MatrixD features(const Pool& pool) const = 0;
  /// The neurons b_j w_j of |b_j| > negligible, those that one can replace at no more cost as one.
  /// `coefficients` [m] become those of the neurons.
  [[nodiscard]] virtual JoinedNeurons join(const Pool& pool, VectorD& coefficients,
                                           double negligible) const = 0;
  /// Appends peaks to a pool.
  virtual void add(Pool& pool, const std::vector<Peak>& peaks) const = 0;
};

/// What an oracle is asked.
struct Question {
  const VectorD& multipliers;  ///< l [r]
  const Pool& pool;
  const VectorD& use;            ///< |l.phi_j| of the pool, [m]
  const Pool& neurons;           ///< that have been joined: where |l.phi| is likely to be great
  Index climbs;                  ///< of a search
  std::uint64_t stream;          ///< its random numbers (draws.hpp)
  double threshold = 1 + 1e-10;  ///< peaks below it are not asked for
};

/// Finds the maxima of |l.phi(w)|.
class Oracle {
 public:
  virtual ~Oracle() = default;
  [[nodiscard]] virtual Peaks peaks(const Question& question) const = 0;
  /// The same for the recheck, where the bound may be on another gauge than the search's.
  [[nodiscard]] virtual Peaks recheck(const Question& question) const { return peaks(question); }
  /// Whether every direction is visited, so that kappa is the maximum.
  [[nodiscard]] virtual bool exact() const { return false; }
};

/// What the rounds may take.
struct Effort {
  double tolerance;                ///< cost / bound - 1 at which they end
  std::int64_t rounds;             ///< the most
  std::int64_t still_rounds = 12;  ///< without a gap that falls to 0.8 of itself
  Index climbs;                    ///< a round
  Index pool;                      ///< the most directions; fewer forget what the next rounds need
  Index peaks;                     ///< the most new directions a round
  double negligible = 1e-6;  ///< coefficients of the master below this share of the largest are 0
  Index recheck = 10;        ///< climbs of a recheck, times all those that the claim rests on
  std::int64_t resumptions = 4;  ///< of the rounds after a recheck
};

/// Why rounds end.
enum class Termination { none, closed, still, rounds };

/// "the gap is at most the tolerance", ...
std::string_view reason(Termination termination);

/// Where the generation stands; plain data.
struct ColumnGenerationState {
  std::int64_t round = 0;
  Termination termination = Termination::none;  ///< of the rounds
  std::int64_t closing = 0;                     ///< closing rounds since
  bool finished = false;
  Pool pool;          ///< its first r directions have independent features
  VectorD reference;  ///< l_ref [r]
  Proximity proximity;
  double excess = 1;         ///< |kappa - 1| of the last round
  double bound = 0;          ///< the best l.y / kappa so far
  Candidates candidates;     ///< the best multipliers so far
  std::int64_t resumed = 0;  ///< rechecks that the rounds went on from
  Progress progress;
  double cost = 0;       ///< of the best exact fit so far, 0 for none
  Pool neurons;          ///< its directions, m'
  VectorD coefficients;  ///< b [m']
};

template <class Archive>
void serialize(Archive& archive, ColumnGenerationState& state) {
  auto& [round, termination, closing, finished, pool, reference, proximity, excess, bound,
         candidates, resumed, progress, cost, neurons, coefficients] = state;
  archive(round, termination, closing, finished, pool, reference, proximity, excess, bound,
          candidates, resumed, progress, cost, neurons, coefficients);
}

/// One problem: its labels y [r], gauge, oracle, effort. What it refers to outlives it.
class ColumnGeneration {
 public:
  using State = ColumnGenerationState;
  ColumnGeneration(const VectorD& labels, const Gauge& gauge, const Oracle& oracle, Effort effort)
      : labels_(labels), gauge_(gauge), oracle_(oracle), effort_(effort) {}

  /// From a pool whose first r directions have independent features; `greatest` is kappa(y) as so
  /// many climbs have found it.
  [[nodiscard]] State start(Pool pool, double greatest, Index climbs) const;
  /// At most `rounds` rounds, closing rounds, rechecks; sets state.finished after the last.
  void advance(State& state, std::int64_t rounds) const;
  /// The best multipliers, of kappa(l) <= 1 as far as is known, and their bound; of an inexact
  /// oracle only after a recheck. None if there are none.
  [[nodiscard]] std::optional<Candidate> best(const State& state) const;

 private:
  [[nodiscard]] Termination termination(const State& state) const;
  [[nodiscard]] bool is_close(const State& state) const;
  void proximal_round(State& state) const;
  void simplex_round(State& state, const VectorD& weights) const;
  void mean_round(State& state) const;
  Peaks offer(State& state, const VectorD& multipliers, const VectorD& use, const Pool& neurons,
              Index climbs, Index closer, Draw draw) const;
  void offer_and_learn(State& state, const VectorD& multipliers, Draw draw) const;
  void learn(State& state, const std::vector<Peak>& found, const VectorD& multipliers,
             VectorD* weights) const;
  void recheck(State& state) const;
  void resume(State& state, std::size_t lowered, const Peaks& peaks) const;
  void retreat(State& state, const VectorD& violated, const VectorD& safe) const;

  const VectorD& labels_;
  const Gauge& gauge_;
  const Oracle& oracle_;
  Effort effort_;
};

}  // namespace flatgrid::flattest
