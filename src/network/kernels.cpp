// SPDX-License-Identifier: MIT
#include "flatgrid/network/kernels.hpp"

#include <numeric>

#include "micro_kernels.hpp"

namespace flatgrid::network {

namespace {

/// The number of columns of a block: Z [m, block] takes at most half a megabyte, but the block is large enough
/// to amortize the packing of the operands.
constexpr Index k_block_bytes = Index{1} << 19;
constexpr Index k_min_block = 64;
constexpr Index k_max_block = 256;
/// The largest number of rows of a diagonal block. A symmetric matrix is computed as products of blocks, and half
/// of a diagonal block is not needed. All blocks but the last have a multiple of the register tile.
constexpr Index k_diagonal_block = 96;
constexpr Index k_block_rows = 24;

/// The coefficients of sigma' on both sides of 0.
template <class Scalar>
Slopes<Scalar> slopes_of(const Activation<Scalar>& activation) {
  const int k = activation.degree();
  const HalfLinePolynomial sigma = activation.polynomial();
  const auto power = static_cast<std::size_t>(k);
  // |z|^k = (-1)^k z^k for z < 0
  const double side = k % 2 == 0 ? 1 : -1;
  const Scalar zero = 0;
  Scalar value;
  Scalar at_zero;
  activation.evaluate(1, &zero, &value, &at_zero);
  return {.degree = k,
          .right = static_cast<Scalar>(k * sigma.right[power]),
          .left = static_cast<Scalar>(k * side * sigma.left[power]),
          .at_zero = at_zero};
}

/// Calls `visit(j, size)` for the panels of `rows` neurons from neuron j on, of which `size` exist.
template <class Visit>
void for_each_panel(Index width, Index rows, const Visit& visit) {
  for (Index j = 0; j < width; j += rows) visit(j, std::min(rows, width - j));
}

/// Calls `visit(row, column, rows, columns)` for blocks that cover the lower triangle of a symmetric
/// matrix: halves the rows and columns starting at `first` recursively.
template <class Visit>
void for_each_lower_block(Index first, Index size, const Visit& visit) {
  if (size <= k_diagonal_block) {
    visit(first, first, size, size);
    return;
  }
  const Index half = (size / 2 + k_block_rows - 1) / k_block_rows * k_block_rows;
  for_each_lower_block(first, half, visit);
  visit(first + half, first, size - half, half);
  for_each_lower_block(first + half, size - half, visit);
}

/// Packs the network into panels and allocates the panels of the results.
template <class Scalar>
void pack(const MicroKernels<Scalar>& kernels, const Network<Scalar>& network, Index block,
          Panels<Scalar>& panels) {
  const Index width = network.width();
  const Index dimension = network.dimension();
  const Index rows = (width + kernels.rows - 1) / kernels.rows * kernels.rows;
  panels.inner.resize(rows * dimension);
  panels.gradient.resize(rows * dimension);
  panels.outer.resize(rows);
  panels.derivative.resize(rows * block);
  panels.outputs.resize(kernels.lanes * block);
  panels.weights.resize(block);
  for_each_panel(width, kernels.rows, [&](Index j, Index size) {
    kernels.pack(width, dimension, size, network.inner.data() + j,
                 panels.inner.data() + j * dimension);
  });
  for (Index j = 0; j < rows; ++j) {
    panels.outer.data()[j] = j < width ? network.outer(j) : Scalar(0);
  }
}

/// Calls `visit(i, f(x_i))` for every sample of a block of inputs [d, size], and writes sigma'(Z) into the
/// panels.
template <class Scalar, class Visit>
void forward(const MicroKernels<Scalar>& kernels, const Slopes<Scalar>& slopes, Index width,
             Index dimension, Index size, const Scalar* inputs, Panels<Scalar>& panels,
             const Visit& visit) {
  Scalar* partial = panels.outputs.data();
  std::fill_n(partial, size * kernels.lanes, Scalar(0));
  for_each_panel(width, kernels.rows, [&](Index j, Index) {
    kernels.forward(slopes, dimension, size, panels.inner.data() + j * dimension,
                    panels.outer.data() + j, inputs, partial, panels.derivative.data() + j * size);
  });
  for (Index i = 0; i < size; ++i, partial += kernels.lanes) {
    visit(i, std::accumulate(partial, partial + kernels.lanes, Scalar(0)) / Scalar(slopes.degree));
  }
}

/// The gradient for one sample, of rank one: reads every number once and packs nothing.
template <class Scalar, class Weight>
void gradient_of_one(const Activation<Scalar>& activation, const Network<Scalar>& network,
                     const Matrix<Scalar>& input, Workspace<Scalar>& workspace,
                     const Weight& weight, Network<Scalar>& gradient) {
  auto z = workspace.z.col(0);
  z.noalias() = network.inner * input.col(0);
  activation.evaluate(z.size(), z.data(), workspace.value.data(), workspace.derivative.data());
  const Scalar u = weight(0, network.outer.dot(workspace.value));
  // dL/da = u sigma(z);  dL/dW = (u a o sigma'(z)) x^T
  gradient.outer = u * workspace.value;
  z = u * network.outer.cwiseProduct(workspace.derivative);
  gradient.inner.noalias() = z * input.col(0).transpose();
}

/// The gradient of an objective in the outputs; `weight(i, f_i)` is its derivative in f(x_i).
template <class Scalar, class Weight>
void gradient_of(const Activation<Scalar>& activation, const Network<Scalar>& network,
                 const Matrix<Scalar>& inputs, Workspace<Scalar>& workspace, const Weight& weight,
                 Network<Scalar>& gradient) {
  const Index width = network.width();
  const Index dimension = network.dimension();
  const Index samples = inputs.cols();
  if (samples == 1) {
    gradient_of_one(activation, network, inputs, workspace, weight, gradient);
    return;
  }
  const MicroKernels<Scalar>& kernels = micro_kernels<Scalar>();
  const Slopes<Scalar> slopes = slopes_of(activation);
  Panels<Scalar>& panels = workspace.panels;
  pack(kernels, network, workspace.block, panels);
  panels.weighted_inputs.resize(dimension * workspace.block);
  for_each_part(samples, workspace.block, [&](Index first, Index size) {
    const Scalar* x = inputs.col(first).data();
    // u_i = dL/df_i
    forward(kernels, slopes, width, dimension, size, x, panels,
            [&](Index i, Scalar output) { panels.weights.data()[i] = weight(first + i, output); });
    kernels.weigh(dimension, size, x, panels.weights.data(), panels.weighted_inputs.data());
    for_each_panel(width, kernels.rows, [&](Index j, Index neurons) {
      const Scalar* inner = panels.inner.data() + j * dimension;
      Scalar* h = panels.gradient.data() + j * dimension;
      // H += sigma'(Z) (X diag(u))^T
      kernels.backward(dimension, size, panels.derivative.data() + j * size,
                       panels.weighted_inputs.data(), first > 0, h);
      // dL/dW = diag(a) H;  dL/da = (1/k) (W o H) 1
      if (first + size == samples) {
        kernels.unpack(slopes.degree, width, dimension, neurons, inner, h, panels.outer.data() + j,
                       gradient.inner.data() + j, gradient.outer.data() + j);
      }
    });
  });
}

}  // namespace

template <class Scalar>
Workspace<Scalar>::Workspace(Index width)
    : block(std::clamp(k_block_bytes / Index(sizeof(Scalar)) / std::max<Index>(width, 1),
                       k_min_block, k_max_block)),
      z(width, block),
      value(width),
      derivative(width) {}

template <class Scalar>
void predict(const Activation<Scalar>& activation, const Network<Scalar>& network,
             const Matrix<Scalar>& inputs, Workspace<Scalar>& workspace, Vector<Scalar>& outputs) {
  if (!network.linear.empty()) {
    return predict(activation, two_layer_form(network), inputs, workspace, outputs);
  }
  outputs.resize(inputs.cols());
  const MicroKernels<Scalar>& kernels = micro_kernels<Scalar>();
  const Slopes<Scalar> slopes = slopes_of(activation);
  pack(kernels, network, workspace.block, workspace.panels);
  for_each_part(inputs.cols(), workspace.block, [&](Index first, Index size) {
    forward(kernels, slopes, network.width(), network.dimension(), size, inputs.col(first).data(),
            workspace.panels, [&](Index i, Scalar output) { outputs(first + i) = output; });
  });
}

template <class Scalar>
Scalar loss_and_gradient(const Activation<Scalar>& activation, const Network<Scalar>& network,
                         const Matrix<Scalar>& inputs, const Vector<Scalar>& labels,
                         Workspace<Scalar>& workspace, Network<Scalar>& gradient) {
  if (!network.linear.empty()) {
    auto of_form = Network<Scalar>::zero(network.width(), network.dimension());
    const Scalar loss =
        loss_and_gradient(activation, two_layer_form(network), inputs, labels, workspace, of_form);
    gradient_from_form(network, of_form, gradient);
    return loss;
  }
  const Scalar per_sample = Scalar(1) / Scalar(inputs.cols());
  Scalar sum_of_squares = 0;
  gradient_of(
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
Scalar sample_loss_and_gradient(const Activation<Scalar>& activation, const Vector<Scalar>& outer,
                                const Vector<Scalar>& z, Scalar label,
                                SampleGradient<Scalar>& gradient) {
  auto& [value, derivative, input] = gradient;
  value.resize(z.size());
  derivative.resize(z.size());
  activation.evaluate(z.size(), z.data(), value.data(), derivative.data());
  const Scalar residual = outer.dot(value) - label;
  // dL/da = r sigma(z);  dL/dz = r a o sigma'(z)
  value *= residual;
  derivative = residual * outer.cwiseProduct(derivative);
  return residual * residual / 2;
}

template <class Scalar>
void jacobian_transpose_times(const Activation<Scalar>& activation, const Network<Scalar>& network,
                              const Matrix<Scalar>& inputs, const Vector<Scalar>& weights,
                              Workspace<Scalar>& workspace, Network<Scalar>& result) {
  if (!network.linear.empty()) {
    auto of_form = Network<Scalar>::zero(network.width(), network.dimension());
    jacobian_transpose_times(activation, two_layer_form(network), inputs, weights, workspace,
                             of_form);
    gradient_from_form(network, of_form, result);
    return;
  }
  gradient_of(
      activation, network, inputs, workspace, [&](Index i, Scalar) { return weights(i); }, result);
}

template <class Scalar>
void jacobian_times(const Activation<Scalar>& activation, const Network<Scalar>& network,
                    const Matrix<Scalar>& inputs, const Network<Scalar>& tangent,
                    Workspace<Scalar>& workspace, Vector<Scalar>& result) {
  if (!network.linear.empty()) {
    return jacobian_times(activation, two_layer_form(network), inputs,
                          two_layer_tangent(network, tangent), workspace, result);
  }
  result.resize(inputs.cols());
  workspace.z_tangent.resize(network.width(), workspace.block);
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
  const Matrix<Scalar> z = two_layer_form(network).inner * inputs;
  value.resize(z.rows(), z.cols());
  derivative.resize(z.rows(), z.cols());
  activation.evaluate(z.size(), z.data(), value.data(), derivative.data());
}

template <class Scalar>
void tangent_kernel(const Matrix<Scalar>& value, const Matrix<Scalar>& scaled_derivative,
                    const Matrix<Scalar>& input_gram, Matrix<Scalar>& kernel) {
  const Index samples = value.cols();
  kernel.resize(samples, samples);
  for_each_lower_block(0, samples, [&](Index row, Index column, Index rows, Index columns) {
    // K = (X^T X) o (D^T D) + S^T S
    auto block = kernel.block(row, column, rows, columns);
    block.noalias() = scaled_derivative.middleCols(row, rows).transpose() *
                      scaled_derivative.middleCols(column, columns);
    block = block.cwiseProduct(input_gram.block(row, column, rows, columns));
    block.noalias() += value.middleCols(row, rows).transpose() * value.middleCols(column, columns);
  });
}

template class Workspace<double>;
template void predict(const Activation<double>&, const Network<double>&, const Matrix<double>&,
                      Workspace<double>&, Vector<double>&);
template double loss_and_gradient(const Activation<double>&, const Network<double>&,
                                  const Matrix<double>&, const Vector<double>&, Workspace<double>&,
                                  Network<double>&);
template double sample_loss_and_gradient(const Activation<double>&, const Vector<double>&,
                                         const Vector<double>&, double, SampleGradient<double>&);
template void jacobian_times(const Activation<double>&, const Network<double>&,
                             const Matrix<double>&, const Network<double>&, Workspace<double>&,
                             Vector<double>&);
template void jacobian_transpose_times(const Activation<double>&, const Network<double>&,
                                       const Matrix<double>&, const Vector<double>&,
                                       Workspace<double>&, Network<double>&);
template void activations(const Activation<double>&, const Network<double>&, const Matrix<double>&,
                          Matrix<double>&, Matrix<double>&);
template void tangent_kernel(const Matrix<double>&, const Matrix<double>&, const Matrix<double>&,
                             Matrix<double>&);

template class Workspace<float>;
template float loss_and_gradient(const Activation<float>&, const Network<float>&,
                                 const Matrix<float>&, const Vector<float>&, Workspace<float>&,
                                 Network<float>&);

}  // namespace flatgrid::network
