// SPDX-License-Identifier: MIT
#include "flatgrid/network/kernels.hpp"

namespace flatgrid {

namespace {

/// Columns of a block: as many as keep Z [m, block] within half a megabyte, but enough to pay for
/// packing the operands of the products.
constexpr Index k_block_bytes = Index{1} << 19;
constexpr Index k_min_block = 64;
constexpr Index k_max_block = 256;

/// The backward half shared by the loss gradient and J^T u. `weight(i, f_i)` is the derivative of
/// the objective in the output f(x_i).
template <class Scalar, class Weight>
void accumulate_gradient(const Activation<Scalar>& activation, const Network<Scalar>& network,
                         const Matrix<Scalar>& inputs, Workspace<Scalar>& workspace,
                         const Weight& weight, Network<Scalar>& gradient) {
  gradient.inner.setZero();
  gradient.outer.setZero();
  for (Index first = 0; first < inputs.cols(); first += workspace.block) {
    const Index size = std::min(workspace.block, inputs.cols() - first);
    workspace.z.leftCols(size).noalias() = network.inner * inputs.middleCols(first, size);
    for (Index i = 0; i < size; ++i) {
      auto z = workspace.z.col(i);
      activation.evaluate(z.size(), z.data(), workspace.value.data(), workspace.derivative.data());
      const Scalar u = weight(first + i, network.outer.dot(workspace.value));
      // dL/da += u sigma(z);  dL/dz = u a o sigma'(z)
      gradient.outer += u * workspace.value;
      z = u * network.outer.cwiseProduct(workspace.derivative);
    }
    // dL/dW += (dL/dZ) X^T
    gradient.inner.noalias() +=
        workspace.z.leftCols(size) * inputs.middleCols(first, size).transpose();
  }
}

}  // namespace

template <class Scalar>
Workspace<Scalar>::Workspace(Index width)
    : block(std::clamp(k_block_bytes / Index(sizeof(Scalar)) / std::max<Index>(width, 1),
                       k_min_block, k_max_block)),
      z(width, block),
      z_tangent(width, block),
      value(width),
      derivative(width) {}

template <class Scalar>
void predict(const Activation<Scalar>& activation, const Network<Scalar>& network,
             const Matrix<Scalar>& inputs, Workspace<Scalar>& workspace, Vector<Scalar>& outputs) {
  outputs.resize(inputs.cols());
  for_each_sample(activation, network, inputs, workspace,
                  [&](Index i) { outputs(i) = network.outer.dot(workspace.value); });
}

template <class Scalar>
Scalar loss_and_gradient(const Activation<Scalar>& activation, const Network<Scalar>& network,
                         const Matrix<Scalar>& inputs, const Vector<Scalar>& labels,
                         Workspace<Scalar>& workspace, Network<Scalar>& gradient) {
  const Scalar per_sample = Scalar(1) / Scalar(inputs.cols());
  Scalar sum_of_squares = 0;
  accumulate_gradient(
      activation, network, inputs, workspace,
      [&](Index i, Scalar output) {
        const Scalar residual = output - labels(i);
        sum_of_squares += residual * residual;
        return per_sample * residual;
      },
      gradient);
  return sum_of_squares * per_sample / 2;
}

template <class Scalar>
void jacobian_transpose_times(const Activation<Scalar>& activation, const Network<Scalar>& network,
                              const Matrix<Scalar>& inputs, const Vector<Scalar>& weights,
                              Workspace<Scalar>& workspace, Network<Scalar>& result) {
  accumulate_gradient(
      activation, network, inputs, workspace, [&](Index i, Scalar) { return weights(i); }, result);
}

template <class Scalar>
void jacobian_times(const Activation<Scalar>& activation, const Network<Scalar>& network,
                    const Matrix<Scalar>& inputs, const Network<Scalar>& tangent,
                    Workspace<Scalar>& workspace, Vector<Scalar>& result) {
  result.resize(inputs.cols());
  for (Index first = 0; first < inputs.cols(); first += workspace.block) {
    const Index size = std::min(workspace.block, inputs.cols() - first);
    workspace.z.leftCols(size).noalias() = network.inner * inputs.middleCols(first, size);
    workspace.z_tangent.leftCols(size).noalias() = tangent.inner * inputs.middleCols(first, size);
    for (Index i = 0; i < size; ++i) {
      const auto z = workspace.z.col(i);
      activation.evaluate(z.size(), z.data(), workspace.value.data(), workspace.derivative.data());
      // (J v)_i = sum_j va_j sigma(z_j) + a_j sigma'(z_j) (vw_j . x_i)
      workspace.derivative = workspace.derivative.cwiseProduct(workspace.z_tangent.col(i));
      result(first + i) =
          tangent.outer.dot(workspace.value) + network.outer.dot(workspace.derivative);
    }
  }
}

template <class Scalar>
void activations(const Activation<Scalar>& activation, const Network<Scalar>& network,
                 const Matrix<Scalar>& inputs, Matrix<Scalar>& value, Matrix<Scalar>& derivative) {
  const Matrix<Scalar> z = network.inner * inputs;
  value.resize(z.rows(), z.cols());
  derivative.resize(z.rows(), z.cols());
  activation.evaluate(z.size(), z.data(), value.data(), derivative.data());
}

template <class Scalar>
void tangent_kernel(const Matrix<Scalar>& value, const Matrix<Scalar>& derivative,
                    const Vector<Scalar>& outer, const Matrix<Scalar>& input_gram,
                    Matrix<Scalar>& scaled_derivative, Matrix<Scalar>& kernel) {
  const Index samples = value.cols();
  kernel.setZero(samples, samples);
  // K = D^T diag(a)^2 D
  scaled_derivative = outer.asDiagonal() * derivative;
  kernel.template selfadjointView<Eigen::Lower>().rankUpdate(scaled_derivative.transpose());
  // K = (X^T X) o K + S^T S
  kernel = kernel.cwiseProduct(input_gram);
  kernel.template selfadjointView<Eigen::Lower>().rankUpdate(value.transpose());
}

template class Workspace<double>;
template void predict(const Activation<double>&, const Network<double>&, const Matrix<double>&,
                      Workspace<double>&, Vector<double>&);
template double loss_and_gradient(const Activation<double>&, const Network<double>&,
                                  const Matrix<double>&, const Vector<double>&, Workspace<double>&,
                                  Network<double>&);
template void jacobian_times(const Activation<double>&, const Network<double>&,
                             const Matrix<double>&, const Network<double>&, Workspace<double>&,
                             Vector<double>&);
template void jacobian_transpose_times(const Activation<double>&, const Network<double>&,
                                       const Matrix<double>&, const Vector<double>&,
                                       Workspace<double>&, Network<double>&);
template void activations(const Activation<double>&, const Network<double>&, const Matrix<double>&,
                          Matrix<double>&, Matrix<double>&);
template void tangent_kernel(const Matrix<double>&, const Matrix<double>&, const Vector<double>&,
                             const Matrix<double>&, Matrix<double>&, Matrix<double>&);

}  // namespace flatgrid
