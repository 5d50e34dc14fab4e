// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/polish/polish.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/base/serialization.hpp"
#include "flatgrid/measure/residual.hpp"
#include "flatgrid/network/symmetry.hpp"

namespace flatgrid::polish {

namespace {

constexpr double k_first_damping = 1e-3;
constexpr double k_least_damping = 1e-12;
constexpr int k_balance_interval = 8;
/// A step that leaves at most this share of the squared residual is accepted without trying others.
constexpr double k_good_share = 0.25;
/// A step that leaves more than this share counts as slow.
constexpr double k_slow_share = 0.9;
/// After this number of consecutive slow steps a neuron is turned to a new direction.
constexpr int k_slow_limit = 8;
/// The largest number of linear systems in one iteration: the plain step and steps that avoid the crossed kinks.
constexpr int k_most_rounds = 5;
/// Deviations of an activation from its linearization below this share of the rms residual are ignored.
constexpr double k_kink_share = 0.3;
/// Regularization of a singular kernel for the Cholesky factorization, relative to the mean diagonal.
constexpr double k_rounding = 1e-14;
constexpr int k_most_iterations = 600;
/// The size of the blocks in which a product is processed.
constexpr Index k_samples_together = 64;
constexpr double k_usual_iterations = 10;
constexpr int k_most_recruits = 20;

/// Directions in input space along which a neuron may not move: an orthonormal basis for each neuron.
struct Frozen {
  std::vector<MatrixD> basis;  ///< [m] of [d, number of directions]
  Index count = 0;

  explicit Frozen(Index width) : basis(static_cast<std::size_t>(width)) {}

  /// Adds `x` to the directions of neuron j. False if it is in their span already.
  bool add(Index j, const VectorD& x) {
    MatrixD& q = basis[static_cast<std::size_t>(j)];
    VectorD rest = x;
    if (q.cols() > 0) {
      // Gram-Schmidt; two passes suffice.
      rest -= q * (q.transpose() * rest);
      rest -= q * (q.transpose() * rest);
    }
    const double norm = rest.norm();
    if (norm <= 1e-8 * x.norm()) return false;
    q.conservativeResize(x.size(), q.cols() + 1);
    q.col(q.cols() - 1) = rest / norm;
    ++count;
    return true;
  }
};

}  // namespace

/// The linearization of the network at its current parameters. Iterations reuse its matrices [m, n] and [n, n],
/// because allocating new ones takes longer than the computation.
class Polish::Linearization {
 public:
  explicit Linearization(const algorithm::Task& task)
      : task_(task),
        workspace_(task.width),
        inputs_without_one_(without_one(task)),
        input_gram_(directions().transpose() * directions()),
        z_(task.width, task.samples()),
        value_(z_.rows(), z_.cols()),
        scaled_derivative_(z_.rows(), z_.cols()) {}

  /// Linearizes at a network, which may not change until the next call.
  void move_to(const network::Network<double>& network) {
    network_ = &network;
    if (!network.linear.empty()) {
      hidden_ = network::neuron_inputs(network, task_.inputs);
      input_gram_.noalias() = hidden_.transpose() * hidden_;
    }
    z_.noalias() = network.inner * neuron_inputs();
    for (Index i = 0; i < z_.cols(); ++i) {
      auto derivative = scaled_derivative_.col(i);
      task_.activation.evaluate(z_.rows(), z_.col(i).data(), value_.col(i).data(),
                                derivative.data());
      derivative = derivative.cwiseProduct(network.outer);
    }
    network::tangent_kernel(value_, scaled_derivative_, input_gram_, kernel_);
    network::add_linear_kernel(network, task_.inputs, scaled_derivative_, kernel_);
  }

  /// The inputs of the neurons: X, or the outputs of the last linear layer.
  [[nodiscard]] const MatrixD& neuron_inputs() const {
    return network_->linear.empty() ? task_.inputs : hidden_;
  }

  [[nodiscard]] VectorD kernel_diagonal() const { return kernel_.diagonal(); }

  /// The neuron with the least ||a_j sigma(w_j . X)||.
  [[nodiscard]] Index weakest_neuron() const {
    Index neuron = 0;
    (network_->outer.asDiagonal() * value_).rowwise().squaredNorm().minCoeff(&neuron);
    return neuron;
  }

  /// delta theta = -P J^T (J P J^T + mu I)^{-1} r, P the projection onto the free directions.
  void step(const VectorD& residual, double mu, const Frozen& frozen,
            network::Network<double>& step) {
    damped_.resizeLike(kernel_);
    for (Index j = 0; j < kernel_.cols(); ++j) {
      const Index below = kernel_.rows() - j;
      damped_.col(j).tail(below) = kernel_.col(j).tail(below);
    }
    if (frozen.count > 0) {
      // J P J^T = K - T^T T, T with a row a_j sigma'(z_ji) (q . x_i) for each frozen direction q of neuron j.
      MatrixD removed(frozen.count, z_.cols());
      Index row = 0;
      for (Index j = 0; j < z_.rows(); ++j) {
        const MatrixD& q = frozen.basis[static_cast<std::size_t>(j)];
        if (q.cols() == 0) continue;
        removed.middleRows(row, q.cols()) =
            (q.transpose() * directions()) * scaled_derivative_.row(j).asDiagonal();
        row += q.cols();
      }
      damped_.selfadjointView<Eigen::Lower>().rankUpdate(removed.transpose(), -1.0);
    }
    damped_.diagonal().array() += mu;
    const VectorD u = -Cholesky(damped_).solve(residual);
    if (network_->linear.empty()) {
      step.outer.noalias() = value_ * u;
      weighted_inputs_ = directions() * u.asDiagonal();
      step.inner.noalias() = scaled_derivative_ * weighted_inputs_.transpose();
    } else {
      network::jacobian_transpose_times(task_.activation, *network_, task_.inputs, u, workspace_,
                                        step);
    }
    for (Index j = 0; j < z_.rows(); ++j) {
      const MatrixD& q = frozen.basis[static_cast<std::size_t>(j)];
      if (q.cols() > 0) step.inner.row(j) -= (step.inner.row(j) * q) * q.transpose();
    }
  }

  /// Freezes the pairs of neuron and sample that the step moved across a kink: whose activation deviates by more
  /// than `bound` from its linearization. Returns the number of added directions.
  Index freeze_kinks(const network::Network<double>& step, double bound, Frozen& frozen) const {
    const Index neurons = z_.rows();
    MatrixD moved_by(neurons, k_samples_together);
    VectorD z(neurons), value(neurons), derivative(neurons), moved_value(neurons);
    // With linear layers the step also moves the inputs of the neurons.
    network::Network<double> moved_network;
    if (!network_->linear.empty()) {
      moved_network = *network_;
      network::for_each_layer([](const auto& by, auto& layer) { layer += by; }, step,
                              moved_network);
      moved_network = network::two_layer_form(moved_network);
    }
    Index added = 0;
    for (Index first = 0; first < z_.cols(); first += k_samples_together) {
      const Index size = std::min(k_samples_together, z_.cols() - first);
      if (network_->linear.empty()) {
        moved_by.leftCols(size).noalias() = step.inner * task_.inputs.middleCols(first, size);
      } else {
        moved_by.leftCols(size) =
            moved_network.inner * task_.inputs.middleCols(first, size) - z_.middleCols(first, size);
      }
      for (Index i = first; i < first + size; ++i) {
        const auto moved = moved_by.col(i - first);
        z = z_.col(i) + moved;
        task_.activation.evaluate(neurons, z.data(), moved_value.data(), derivative.data());
        task_.activation.evaluate(neurons, z_.col(i).data(), value.data(), derivative.data());
        for (Index j = 0; j < neurons; ++j) {
          const double error = (network_->outer(j) + step.outer(j)) *
                               (moved_value(j) - value(j) - derivative(j) * moved(j));
          if (std::abs(error) > bound && frozen.add(j, directions().col(i))) ++added;
        }
      }
    }
    return added;
  }

 private:
  /// With frozen biases the inputs with 0 in place of 1, else empty.
  static MatrixD without_one(const algorithm::Task& task) {
    if (!task.has_frozen_biases()) return {};
    MatrixD inputs = task.inputs;
    inputs.bottomRows(1).setZero();
    return inputs;
  }
  /// The directions in which samples move the inner weights: the inputs of the neurons, without frozen biases.
  [[nodiscard]] const MatrixD& directions() const {
    if (task_.network.has_linear_layers()) return hidden_;
    return task_.has_frozen_biases() ? inputs_without_one_ : task_.inputs;
  }

  algorithm::Task task_;
  network::Workspace<double> workspace_;
  MatrixD hidden_;  ///< outputs of the last linear layer, [h, n]; empty without linear layers
  MatrixD inputs_without_one_;
  MatrixD input_gram_;  ///< of the inputs of the neurons, X^T X, [n, n]
  const network::Network<double>* network_ = nullptr;
  MatrixD z_, value_;          ///< W X and sigma(W X), [m, n]
  MatrixD scaled_derivative_;  ///< a_j sigma'(z_ji), [m, n]
  MatrixD kernel_, damped_;    ///< [n, n], lower triangles
  MatrixD weighted_inputs_;    ///< X diag(u), [d, n]
};

Polish::Polish(const algorithm::Task& task, const network::Network<double>& trained)
    : task_(task),
      trained_(trained),
      linearization_(std::make_unique<Linearization>(task)),
      workspace_(trained.width()),
      step_(task.zero_network()) {
  state_.network = trained;
  state_.factors = VectorD::Ones(trained.width());
  state_.damping = k_first_damping;
  measure(state_);
  trained_residual_ = state_.relative_residual;
  state_.interpolates = state_.relative_residual <= task.training.interpolation_tolerance;
}

Polish::~Polish() = default;

/// Computes the residual of the current network.
void Polish::measure(PolishState& state) {
  network::predict(task_.activation, state.network, task_.inputs, workspace_, state.residual);
  state.residual -= task_.labels;
  state.relative_residual = measure::relative_residual(state.residual.squaredNorm(), task_.labels);
}

void Polish::balance() {
  if (task_.has_frozen_biases()) return;  // no rescaling keeps frozen biases
  const VectorD factors = network::balancing_factors(state_.network, task_.activation.degree());
  network::rescale(state_.network, task_.activation.degree(), factors);
  state_.factors = state_.factors.cwiseProduct(factors);
}

/// Used if the rank of the tangent kernel is too small to interpolate (for example if all neurons are inactive on a
/// sample): turns the neuron that contributes least to the sample of the largest r_i^2 / K_ii, and scales it to
/// fit this sample. The residual may increase; the next steps reduce it.
void Polish::recruit() {
  linearization_->move_to(state_.network);
  const VectorD diagonal = linearization_->kernel_diagonal();
  Index sample = 0;
  (state_.residual.array().square() / (diagonal.array() + 1e-9 * diagonal.mean()))
      .maxCoeff(&sample);
  const Index neuron = linearization_->weakest_neuron();
  // a sigma(w . x) = -r with |a| = ||w|| and w along x
  const VectorD x = linearization_->neuron_inputs().col(sample).head(task_.trained_dimension());
  const double size = std::sqrt(std::abs(state_.residual(sample)) / x.norm());
  // With a frozen bias b the preactivation is size ||x|| too: w.x + b with w along x.
  const double bias = task_.has_frozen_biases() ? state_.network.inner(neuron, x.size()) : 0;
  state_.network.inner.row(neuron).head(x.size()) =
      (size / x.norm() - bias / x.squaredNorm()) * x.transpose();
  state_.network.outer(neuron) = state_.residual(sample) > 0 ? -size : size;
  state_.factors(neuron) = 1;
  ++state_.recruited;
  measure(state_);
}

/// One iteration: tries several steps and accepts the best one if it lowers the residual.
void Polish::iterate() {
  Linearization& model = *linearization_;
  model.move_to(state_.network);
  const double mean_diagonal = model.kernel_diagonal().mean();
  // mu = lambda mean(diag K) sqrt(||r||^2 / ||y||^2), plus the regularization for Cholesky
  const double mu =
      mean_diagonal * (state_.damping * std::sqrt(state_.relative_residual) + k_rounding);
  const double kink_bound = k_kink_share * state_.residual.norm() /
                            std::sqrt(static_cast<double>(state_.residual.size()));

  const double good = k_good_share * state_.relative_residual;

  best_ = state_;
  candidate_ = state_;
  Frozen frozen(task_.width);
  for (int round = 0; round < k_most_rounds; ++round) {
    model.step(state_.residual, mu, frozen, step_);
    for (const double scale : {1.0, 0.5, 0.25, 0.125}) {
      network::for_each_layer(
          [&](const auto& from, const auto& by, auto& to) { to = from + scale * by; },
          state_.network, step_, candidate_.network);
      measure(candidate_);
      if (candidate_.relative_residual < best_.relative_residual) best_ = candidate_;
      if (best_.relative_residual <= good) break;
    }
    if (best_.relative_residual <= good) break;
    if (model.freeze_kinks(step_, kink_bound, frozen) == 0) break;
  }

  const double share = best_.relative_residual / state_.relative_residual;
  std::swap(state_, best_);
  if (share <= 0.5) state_.damping = std::max(state_.damping / 3, k_least_damping);
  if (share > k_slow_share) state_.damping *= 3;
  state_.slow = share > k_slow_share ? state_.slow + 1 : 0;
}

void Polish::advance(int budget) {
  // Below the tolerance by more than the rounding error of rescaling back.
  const double goal = 0.5 * task_.training.interpolation_tolerance;
  for (; budget > 0 && !finished(); --budget) {
    if (state_.iterations % k_balance_interval == 0) balance();
    if (state_.slow == k_slow_limit) {
      recruit();
      state_.slow = 0;
      state_.damping = k_first_damping;
    }
    iterate();
    ++state_.iterations;
    state_.interpolates = state_.relative_residual <= goal;
    state_.stalled = !state_.interpolates && (state_.recruited == k_most_recruits ||
                                              state_.iterations == k_most_iterations);
  }
}

network::Network<double> Polish::network() const {
  // Turning a neuron may increase the residual permanently.
  if (state_.stalled && trained_residual_ < state_.relative_residual) return trained_;
  network::Network<double> network = state_.network;
  const VectorD back = state_.factors.cwiseInverse();
  network::rescale(network, task_.activation.degree(), back);
  return network;
}

std::string Polish::save() const { return bytes_of(state_); }
void Polish::load(std::string_view bytes) { state_ = from_bytes<PolishState>(bytes); }

PolishPrice polish_price(Index samples, Index width, Index dimension,
                         std::span<const Index> hidden) {
  const auto n = static_cast<double>(samples);
  const auto m = static_cast<double>(width);
  const auto d = static_cast<double>(dimension);
  // [m, n]: W X, activations, derivatives, and a temporary to find the weakest neuron; [n, n]: the Gram matrix of the
  // inputs, kernel, its factor, and as many for frozen directions; networks: current, best, candidate, step, parts.
  const double parameters = network::parameter_count(width, dimension, hidden);
  double in_layers = 0;  // the sum of the numbers of inputs and outputs of the linear layers
  double columns = d;
  for (const Index layer : hidden) {
    const auto rows = static_cast<double>(layer);
    in_layers += columns + rows;
    columns = rows;
  }
  return {.iterations = k_usual_iterations,
          .flops_per_iteration = n * n * (2 * m + 2 * in_layers + n / 3),
          .bytes = 8 * (5 * m * n + 5 * n * n + 8 * parameters + 3 * d * n + 3 * in_layers * n)};
}

}  // namespace flatgrid::polish
