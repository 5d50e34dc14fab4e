// SPDX-License-Identifier: MIT
/// Column generation for convex problems over measures of directions.
///
/// Problem, over any number of directions w in R^d:
///   min sum_j |b_j|   subject to   sum_j b_j phi(w_j) = y,     phi(w) = sigma(X w) / g(w) in R^r.
/// Dual: max l.y subject to |l.phi(w)| <= 1 for all w. Any multipliers l [r] give the lower bound
///   l.y / kappa(l),   kappa(l) = max_w |l.phi(w)|.
/// A problem supplies the gauge g (Gauge) and the search for the maxima of |l.phi| (Oracle): search.hpp
/// for activations of degree 1, relaxation.hpp for degree k. r is the number of constraints: the imposed
/// samples in search.hpp, the dimension of the whitened features in relaxation.hpp. An oracle either visits
/// every direction (an exact oracle) or climbs: a climb maximizes |l.phi| locally from one start direction.
///
/// A round:
///   1. master   solves the dual over a pool of directions, near the best l so far, l_ref  (master.hpp)
///   2. join     replaces several neurons that one neuron can represent by this neuron
///   3. oracle   finds kappa(l) and new directions with |l.phi| > 1 for the pool
///   4. bound    if l.y / kappa(l) is the best so far: l_ref = l / kappa(l); adapts rho, the weight of the
///               proximal term                                                       (rounds.hpp)
///   5. simplex  if the master nearly fits: computes the cheapest exact fit over the pool and gives its l
///               to the oracle                                                       (simplex.hpp)
///   6. mean     gives the mean of the best multipliers so far to the oracle, unless it is exact
/// The rounds end for one of the reasons in Termination. Then follow k_closing_rounds of steps 5 and 6 (none
/// for an exact oracle whose gap is at most the tolerance), and the recheck: kappa(l) found by climbs may be
/// too low, so the oracle gets the best multipliers again, with
/// Effort::recheck times as many climbs as found the bound. If this lowers the bound by more than 0.015 %,
/// the rounds resume with the new directions, at most Effort::resumptions times. An exact oracle needs no
/// recheck.
///
/// A round is a function of the state: it does not depend on the clock or on interruptions.
/// Work of a round: 15 r^2 m flops for the master, m <= Effort::pool, and that of the oracle.
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

/// The gauge g: computes features and joins neurons.
class Gauge {
 public:
  virtual ~Gauge() = default;
  /// phi(w_j) of every direction, [r, m].
  [[nodiscard]] virtual MatrixD features(const Pool& pool) const = 0;
  /// The neurons b_j w_j with |b_j| > negligible. Joins neurons that one neuron can replace without higher
  /// cost. `coefficients` [m] become the coefficients of the returned neurons.
  [[nodiscard]] virtual JoinedNeurons join(const Pool& pool, VectorD& coefficients,
                                           double negligible) const = 0;
  /// Appends peaks to a pool.
  virtual void add(Pool& pool, const std::vector<Peak>& peaks) const = 0;
};

/// The input of an oracle.
struct Question {
  const VectorD& multipliers;  ///< l [r]
  const Pool& pool;
  const VectorD& use;            ///< |l.phi_j| of the pool, [m]
  const Pool& neurons;           ///< directions near which |l.phi| is likely to be large
  Index climbs;                  ///< number of climbs, if the oracle searches
  std::uint64_t stream;          ///< index of its random stream (draws.hpp)
  double threshold = 1 + 1e-10;  ///< smallest value of a peak to return
};

/// Finds the maxima of |l.phi(w)|.
class Oracle {
 public:
  virtual ~Oracle() = default;
  [[nodiscard]] virtual Peaks peaks(const Question& question) const = 0;
  /// The same for the recheck, which may use another gauge than the search.
  [[nodiscard]] virtual Peaks recheck(const Question& question) const { return peaks(question); }
  /// Whether the oracle visits every direction, so that kappa is the exact maximum.
  [[nodiscard]] virtual bool exact() const { return false; }
};

/// The limits of the rounds.
struct Effort {
  double tolerance;                ///< gap cost / bound - 1 at which the rounds end
  std::int64_t rounds;             ///< largest number of rounds
  std::int64_t still_rounds = 12;  ///< the rounds end after so many without a 20 % lower gap
  Index climbs;                    ///< climbs per round
  Index pool;   ///< largest size of the pool; a smaller pool would drop useful directions
  Index peaks;  ///< largest number of new directions per round
  double negligible = 1e-6;      ///< smaller coefficients, relative to the largest, count as 0
  Index recheck = 10;            ///< climbs of a recheck / those that found the claimed bound
  std::int64_t resumptions = 4;  ///< how often the rounds may resume after a recheck
};

/// Why rounds end; `reason` has the words.
enum class Termination { none, closed, still, rounds };

/// "the gap is at most the tolerance", ...
std::string_view reason(Termination termination);

/// The state of a column generation; plain data.
struct ColumnGenerationState {
  std::int64_t round = 0;
  Termination termination = Termination::none;  ///< why the rounds ended
  std::int64_t closing = 0;                     ///< closing rounds done
  bool finished = false;
  Pool pool;          ///< the first r directions have independent features
  VectorD reference;  ///< l_ref [r]
  Proximity proximity;
  double excess = 1;         ///< |kappa(l) - 1| of the master's l in the last round
  double bound = 0;          ///< the best l.y / kappa so far
  Candidates candidates;     ///< the best multipliers so far
  std::int64_t resumed = 0;  ///< how often the rounds have resumed after a recheck
  Progress progress;
  double cost = 0;       ///< cost of the best exact fit so far, 0 if there is none
  Pool neurons;          ///< the m' directions of this fit
  VectorD coefficients;  ///< b [m'] of this fit
};

template <class Archive>
void serialize(Archive& archive, ColumnGenerationState& state) {
  auto& [round, termination, closing, finished, pool, reference, proximity, excess, bound,
         candidates, resumed, progress, cost, neurons, coefficients] = state;
  archive(round, termination, closing, finished, pool, reference, proximity, excess, bound,
          candidates, resumed, progress, cost, neurons, coefficients);
}

/// A column generation with labels y [r], gauge, oracle and effort. The referenced objects must outlive it.
class ColumnGeneration {
 public:
  using State = ColumnGenerationState;
  ColumnGeneration(const VectorD& labels, const Gauge& gauge, const Oracle& oracle, Effort effort)
      : labels_(labels), gauge_(gauge), oracle_(oracle), effort_(effort) {}

  /// The initial state for a pool whose first r directions have independent features. `greatest` is
  /// kappa(y), found by `climbs` climbs.
  [[nodiscard]] State start(Pool pool, double greatest, Index climbs) const;
  /// Computes at most `rounds` rounds, closing rounds or rechecks; sets state.finished after the last
  /// recheck, or the last round of an exact oracle.
  void advance(State& state, std::int64_t rounds) const;
  /// The best multipliers, scaled to the known kappa(l) <= 1, and their bound. With an inexact oracle only
  /// multipliers that were rechecked count. Empty if there are none.
  [[nodiscard]] std::optional<Candidate> best(const State& state) const;

 private:
  [[nodiscard]] Termination termination(const State& state) const;
  [[nodiscard]] bool gap_is_within_tolerance(const State& state) const;
  void proximal_round(State& state) const;
  void simplex_round(State& state, const VectorD& weights) const;
  void mean_round(State& state) const;
  Peaks ask_oracle(State& state, const VectorD& multipliers, const VectorD& use,
                   const Pool& neurons, Index climbs, Index closer, Draw draw) const;
  void ask_oracle_and_extend_pool(State& state, const VectorD& multipliers, Draw draw) const;
  void extend_pool(State& state, const std::vector<Peak>& found, const VectorD& multipliers,
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
