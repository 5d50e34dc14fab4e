#include "flatgrid/method/step_size.hpp"

#include <cmath>

#include <Eigen/Eigenvalues>

namespace flatgrid {

double top_tangent_curvature(const Task& task, const Network<double>& network,
                             Workspace<double>& workspace, int iterations, VectorD& direction) {
  auto tangent = Network<double>::zero(network.width(), network.dimension());
  double eigenvalue = 0;
  for (int iteration = 0; iteration < iterations; ++iteration) {
    const double norm = direction.norm();
    if (!(norm > 0)) break;
    direction /= norm;
    // u <- J J^T u
    jacobian_transpose_times(task.activation, network, task.inputs, direction, workspace, tangent);
    jacobian_times(task.activation, network, task.inputs, tangent, workspace, direction);
    eigenvalue = direction.norm();
  }
  return eigenvalue / static_cast<double>(task.inputs.cols());
}

double reference_curvature(const Task& task) {
  const auto samples = static_cast<double>(task.inputs.cols());
  const MatrixD covariance = task.inputs * task.inputs.transpose() / samples;
  const Eigen::SelfAdjointEigenSolver<MatrixD> solver(covariance, Eigen::EigenvaluesOnly);
  return task.labels.norm() / std::sqrt(samples) * solver.eigenvalues().maxCoeff();
}

}  // namespace flatgrid
