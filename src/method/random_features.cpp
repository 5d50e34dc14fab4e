/// `random-features`: a random first layer w_j ~ N(0, I/d) that is never trained, and the second
/// layer of minimum norm that fits the labels, a = Phi^+ y with Phi_ij = sigma(w_j . x_i).
/// Interpolates if the features have rank n, which takes m >= n neurons; otherwise it is the
/// least-squares fit.
#include <cmath>

#include <Eigen/QR>

#include "families.hpp"
#include "flatgrid/network/kernels.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid {

namespace {

void start(const Task& task, MethodState& state) {
  const Index dimension = task.inputs.rows();
  state.network = Network<double>::zero(task.width, dimension);
  const double scale = 1 / std::sqrt(static_cast<double>(dimension));
  for (Index j = 0; j < task.width; ++j) {
    Stream stream(task.seed, Purpose::random_features, static_cast<std::uint64_t>(j));
    for (double& weight : state.network.inner.row(j)) weight = scale * stream.normal();
  }
  MatrixD value;
  MatrixD derivative;
  activations(task.activation, state.network, task.inputs, value, derivative);
  const MatrixD features = value.transpose();  // Phi, [n, m]
  const Eigen::CompleteOrthogonalDecomposition<MatrixD> decomposition(features);
  state.network.outer = decomposition.solve(task.labels);
  // One step of iterative refinement: a += Phi^+ (y - Phi a)
  state.network.outer += decomposition.solve(task.labels - features * state.network.outer);
  state.finished = true;
}

}  // namespace

Method random_features_method() { return {"random-features", false, start, nullptr}; }

}  // namespace flatgrid
