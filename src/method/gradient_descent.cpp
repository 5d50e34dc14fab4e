/// `gradient-descent`: full batch with heavy-ball momentum from a small initialization, the rich
/// regime. `lazy`: the same from a large, output-centred initialization, the kernel regime (Chizat,
/// Oyallon, Bach 2019). Both end when the relative squared residual is small enough for the polish.
#include <cmath>

#include "families.hpp"
#include "flatgrid/method/initialization.hpp"
#include "flatgrid/method/step_size.hpp"

namespace flatgrid {

namespace {

/// Power iterations for lambda_max at step 0 and afterwards, and the steps between two of these.
constexpr int k_first_power_iterations = 12;
constexpr int k_power_iterations = 3;
constexpr std::int64_t k_curvature_interval = 256;

/// At steps 0, 1, 2, 4, 8, ... and then at every multiple of the interval: a function of the step
/// alone, so that a run cut in pieces takes the same steps.
bool curvature_due(std::int64_t step) {
  return step % k_curvature_interval == 0 ||
         (step < k_curvature_interval && (step & (step - 1)) == 0);
}

void start_from(const Task& task, MethodState& state, Network<double> network) {
  state.network = std::move(network);
  state.velocity = Network<double>::zero(task.width, task.inputs.rows());
  state.curvature_direction = VectorD::Ones(task.labels.size());
  if (task.training.learning_rate) state.learning_rate = *task.training.learning_rate;
}

void advance(const Task& task, MethodState& state, std::int64_t budget) {
  const TrainingSettings& training = task.training;
  Workspace<double> workspace(task.width);
  auto gradient = Network<double>::zero(task.width, task.inputs.rows());
  const double target_loss = training.handover_loss * task.labels.squaredNorm() /
                             (2.0 * static_cast<double>(task.labels.size()));
  const double least_curvature = reference_curvature(task);

  for (; budget > 0 && !state.finished && !state.diverged; --budget) {
    if (!training.learning_rate && curvature_due(state.step)) {
      // eta = 1 / lambda
      const int iterations = state.step == 0 ? k_first_power_iterations : k_power_iterations;
      const double curvature = top_tangent_curvature(task, state.network, workspace, iterations,
                                                     state.curvature_direction);
      state.learning_rate = 1 / std::max(curvature, least_curvature);
    }
    state.loss = loss_and_gradient(task.activation, state.network, task.inputs, task.labels,
                                   workspace, gradient);
    if (!std::isfinite(state.loss)) {
      state.diverged = true;
    } else if (state.loss <= target_loss) {
      state.finished = true;
    } else {
      // v = beta v - eta grad L;  theta += v
      state.velocity.inner =
          training.momentum * state.velocity.inner - state.learning_rate * gradient.inner;
      state.velocity.outer =
          training.momentum * state.velocity.outer - state.learning_rate * gradient.outer;
      state.network.inner += state.velocity.inner;
      state.network.outer += state.velocity.outer;
      state.finished = ++state.step >= training.steps;
    }
  }
}

}  // namespace

Method gradient_descent_method() {
  return {"gradient-descent", true,
          [](const Task& task, MethodState& state) {
            start_from(task, state,
                       gaussian_network(task.seed, task.width, task.inputs.rows(),
                                        task.training.initial_scale));
          },
          advance};
}

Method lazy_method() {
  return {"lazy", true,
          [](const Task& task, MethodState& state) {
            start_from(task, state,
                       centred_network(task.seed, task.width, task.inputs.rows(),
                                       task.training.lazy_scale));
          },
          advance};
}

}  // namespace flatgrid
