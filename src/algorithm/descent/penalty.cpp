// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/descent/penalty.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "biased.hpp"
#include "flatgrid/algorithm/descent/initialization.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/base/serialization.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/least_trace.hpp"

namespace flatgrid::descent {

namespace {

constexpr std::int64_t k_searches = 3;
/// lambda in units of the problem for degree 0; it is multiplied by ten for every degree.
constexpr double k_first_weight = 1e-4;
constexpr double k_last_weight = 1e-6;
/// The number of iterations of the polish that count as a step.
constexpr int k_polish_iterations = 10;

/// The curvature of T for each neuron along its weights: A_j is homogeneous of degree 2k in w_j, B_j of degree 2
/// in a_j and 2k - 2 in w_j.
double trace_curvature(const algorithm::Task& task, const network::Network<double>& network) {
  const measure::NeuronTraces traces =
      measure::neuron_traces(task.activation, network, task.inputs);
  const double k = task.activation.degree();
  double curvature = 0;
  for (Index j = 0; j < network.width(); ++j) {
    const double inner = network.inner.row(j).squaredNorm();
    const double outer = network.outer(j) * network.outer(j);
    if (inner == 0 || outer == 0) continue;
    const double a = 2 * k * (2 * k - 1) * traces.outer_part(j) / inner;
    const double b = traces.inner_part(j) * (2 / outer + (2 * k - 2) * (2 * k - 3) / inner);
    curvature = std::max(curvature, a + b);
  }
  return curvature;
}

/// L + lambda T_0
double penalized_loss(const algorithm::Task& task, const network::Network<double>& network,
                      double lambda) {
  network::Workspace<double> workspace(task.width);
  VectorD residual;
  network::predict(task.activation, network, task.inputs, workspace, residual);
  residual -= task.labels;
  const measure::NeuronTraces traces =
      measure::neuron_traces(task.activation, network, task.inputs);
  return residual.squaredNorm() / (2.0 * static_cast<double>(residual.size())) +
         lambda * measure::flatness_trace(traces);
}

/// The settings of the descent. It always ends with a polish, also with training.polish = no.
std::int64_t search_steps(const algorithm::TrainingSettings& training) {
  const double steps = k_share_before_handover * static_cast<double>(training.steps);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(steps) / k_searches);
}

/// A small random network, different for every step.
network::Network<double> fresh_network(const algorithm::Task& task, std::int64_t step) {
  return small_network(task, static_cast<std::uint64_t>(step));
}

/// The state of the searches.
struct PenaltyState {
  DescentState descent;
  network::Network<double> best;                                    ///< the best network so far
  double best_objective = std::numeric_limits<double>::infinity();  ///< penalized loss of `best`
  std::string polish;  ///< the state of the polish once the descent has finished
  bool finished = false;
};

template <class Archive>
void serialize(Archive& archive, PenaltyState& state) {
  auto& [descent, best, best_objective, polish, finished] = state;
  archive(descent, best, best_objective, polish, finished);
}

class PenaltyRun final : public algorithm::Run {
 public:
  explicit PenaltyRun(const algorithm::Task& task)
      : task_(task), search_(task, penalized(task)), descent_(task, full_batch(task)) {
    state_.descent = start_descent(task, fresh_network(task, 0), task.samples(), 0);
    // The penalty is not part of the train loss.
    state_.descent.largest_loss = std::numeric_limits<double>::infinity();
  }

  void advance(std::int64_t budget) override {
    DescentState& at = state_.descent;
    if (at.finished) {
      polish();
    } else {
      const std::int64_t end = at.step + std::min(budget, task_.training.steps - at.step);
      advance_searches(end);
      if (at.step >= k_searches * search_steps(task_.training)) descent_.advance(end, at);
    }
  }
  [[nodiscard]] bool finished() const override { return state_.finished; }
  [[nodiscard]] bool diverged() const override { return state_.descent.diverged; }
  [[nodiscard]] std::int64_t steps() const override { return state_.descent.step; }
  [[nodiscard]] const network::Network<double>* network() const override {
    return &state_.descent.network;
  }
  [[nodiscard]] std::string save() const override {
    PenaltyState state = state_;
    if (polish_) state.polish = polish_->save();
    return bytes_of(state);
  }
  void load(std::string_view bytes) override { state_ = from_bytes<PenaltyState>(bytes); }

 private:
  static Phase penalized(const algorithm::Task& task) {
    const std::int64_t length = search_steps(task.training);
    const auto penalty = [task, length](const DescentState& at) {
      return penalty_at(task, at.step % length);
    };
    return {.batching = {task.samples(), task.samples()},
            .last_step = k_searches * length,
            .hands_over = false,
            .gradient =
                [task, penalty, workspace = network::Workspace<double>(task.width)](
                    const DescentState& at, network::Network<double>& result) mutable {
                  return penalized_loss_and_gradient(task, at.network, penalty(at), workspace,
                                                     result);
                },
            .added_curvature =
                [task, penalty](const DescentState& at) {
                  return penalty(at) * trace_curvature(task, at.network);
                },
            .momentum = task.training.momentum};
  }

  void advance_searches(std::int64_t end) {
    DescentState& at = state_.descent;
    const std::int64_t length = search_steps(task_.training);
    while (at.step < std::min(end, k_searches * length) && !at.finished && !at.diverged) {
      const std::int64_t search_end = (at.step / length + 1) * length;
      search_.advance(std::min(end, search_end), at);
      if (at.step < search_end) break;
      end_search();
    }
  }

  /// Keeps the network of a finished search if it is the best so far, and starts the next search; after the last
  /// search returns to the best network.
  void end_search() {
    DescentState& at = state_.descent;
    // L + lambda T with the last lambda
    const std::int64_t length = search_steps(task_.training);
    const double objective = penalized_loss(task_, at.network, penalty_at(task_, length));
    if (objective < state_.best_objective) {
      state_.best = at.network;
      state_.best_objective = objective;
    }
    const bool last = at.step == k_searches * length;
    at.network = last ? state_.best : fresh_network(task_, at.step);
    at.velocity = network::Network<double>::zero(task_.width, task_.dimension());
    at.last_good = at.network;
  }

  void polish() {
    if (!polish_) {
      polish_ = std::make_unique<polish::Polish>(task_, state_.descent.network);
      if (!state_.polish.empty()) polish_->load(state_.polish);
    }
    polish_->advance(k_polish_iterations);
    if (!polish_->finished()) return;
    state_.descent.network = polish_->network();
    measure::to_least_trace(task_.activation, task_.inputs, state_.descent.network);
    state_.finished = true;
  }

  algorithm::Task task_;
  Descent search_;
  Descent descent_;
  std::unique_ptr<polish::Polish> polish_;
  PenaltyState state_;
};

}  // namespace

double penalized_loss_and_gradient(const algorithm::Task& task,
                                   const network::Network<double>& network, double lambda,
                                   network::Workspace<double>& workspace,
                                   network::Network<double>& gradient) {
  const Index width = network.width();
  const auto n = static_cast<double>(task.samples());
  const VectorD outer_squared = network.outer.cwiseAbs2();
  const VectorD& value = workspace.value;
  const VectorD& derivative = workspace.derivative;
  VectorD second(width);  // sigma''
  VectorD square(width);  // sigma'^2
  double loss = 0;
  double trace = 0;
  gradient.inner.setZero();
  gradient.outer.setZero();
  for (Index first = 0; first < task.samples(); first += workspace.block) {
    const Index size = std::min(workspace.block, task.samples() - first);
    const auto x = task.inputs.middleCols(first, size);
    workspace.z.leftCols(size).noalias() = network.inner * x;
    for (Index i = 0; i < size; ++i) {
      auto z = workspace.z.col(i);
      task.activation.evaluate(width, z.data(), workspace.value.data(),
                               workspace.derivative.data());
      task.activation.second_derivative(width, z.data(), second.data());
      const double length = x.col(i).squaredNorm();
      square = derivative.cwiseAbs2();
      const double residual = network.outer.dot(value) - task.labels(first + i);
      loss += residual * residual / 2;
      trace += value.squaredNorm() + length * outer_squared.dot(square);
      // d/da = r sigma + 2 lambda a sigma'^2 ||x||^2
      gradient.outer += residual * value + 2 * lambda * length * network.outer.cwiseProduct(square);
      // d/dz = (r a + 2 lambda (sigma + a^2 sigma'' ||x||^2)) sigma'
      z = derivative.cwiseProduct(residual * network.outer + 2 * lambda * value +
                                  2 * lambda * length * outer_squared.cwiseProduct(second));
    }
    gradient.inner.noalias() += workspace.z.leftCols(size) * x.transpose();
  }
  gradient.inner /= n;
  gradient.outer /= n;
  return (loss + lambda * trace) / n;
}

double penalty_at(const algorithm::Task& task, std::int64_t step) {
  const auto n = static_cast<double>(task.samples());
  const double k = task.activation.degree();
  const double unit = std::pow(task.labels.norm() / std::sqrt(n), 2 / (k + 1)) /
                      std::pow(task.inputs.norm() / std::sqrt(n), 2 * k / (k + 1));
  const double share = static_cast<double>(step) / static_cast<double>(search_steps(task.training));
  return unit * std::pow(10, k) * k_first_weight * std::pow(k_last_weight / k_first_weight, share);
}

std::unique_ptr<algorithm::Run> start_penalty(const algorithm::Task& task) {
  return std::make_unique<PenaltyRun>(task);
}

algorithm::Price penalty_price(const algorithm::PointOutline& point) {
  algorithm::Price price = descent_price(point, static_cast<double>(point.samples));
  const polish::PolishPrice polish =
      polish::polish_price(point.samples, point.width, point.dimension());
  price.bytes += polish.bytes;
  price.polished = false;
  return price;
}

}  // namespace flatgrid::descent
