// SPDX-License-Identifier: MIT
/// The kernels that all algorithms and measures use: forward pass, loss and gradient, tangent vectors.
///
/// All of them process the samples in blocks of columns, so that a block of preactivations
/// Z = W X_block stays in the second-level cache between the matrix product that computes it and the
/// one that uses it. `predict` and the gradients, the hot loops, keep Z in registers instead and
/// write only sigma'(Z), once: see the tiles of `src/network/micro_kernels.hpp`.
/// `network/reference.hpp` has a plain reference of each kernel. Networks with linear layers are processed in their
/// two-layer form (linear_layers.hpp): there W is its matrix of inner weights.
#pragma once

#include <algorithm>
#include <cassert>

#include "flatgrid/base/aligned_vector.hpp"
#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/linear_layers.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::network {

/// Operands of the gradient tiles, stored in panels of a few neurons. The first call allocates them.
template <class Scalar>
struct Panels {
  AlignedVector<Scalar> inner;            ///< W, panel by panel, each [rows, d]
  AlignedVector<Scalar> outer;            ///< a
  AlignedVector<Scalar> derivative;       ///< sigma'(Z) of a block, panel by panel
  AlignedVector<Scalar> gradient;         ///< sigma'(Z) (X diag(u))^T, like `inner`
  AlignedVector<Scalar> outputs;          ///< partial sums of the outputs of a block
  AlignedVector<Scalar> weights;          ///< u, the derivatives of the objective in the outputs
  AlignedVector<Scalar> weighted_inputs;  ///< X diag(u)
};

/// Memory of the kernels for networks of one width, allocated once and reused by every call.
template <class Scalar>
class Workspace {
 public:
  explicit Workspace(Index width);

  Index block;                ///< samples per block
  Matrix<Scalar> z;           ///< [m, block]: preactivations, overwritten by the gradients in them
  Matrix<Scalar> z_tangent;   ///< [m, block]: directional derivatives of z; empty if not used
  Vector<Scalar> value;       ///< [m]: sigma(z) of one sample
  Vector<Scalar> derivative;  ///< [m]: sigma'(z) of one sample
  Panels<Scalar> panels;
};

/// Calls `visit(i, z)` for every sample i in order, with the preactivations z = W x_i [m], a column
/// of `workspace.z`; only for networks without linear layers. 2 n d m flops.
template <class Scalar, class Visit>
void for_each_preactivation(const Network<Scalar>& network, const Matrix<Scalar>& inputs,
                            Workspace<Scalar>& workspace, const Visit& visit) {
  assert(network.linear.empty());
  for (Index first = 0; first < inputs.cols(); first += workspace.block) {
    const Index size = std::min(workspace.block, inputs.cols() - first);
    workspace.z.leftCols(size).noalias() = network.inner * inputs.middleCols(first, size);
    for (Index i = 0; i < size; ++i) visit(first + i, workspace.z.col(i));
  }
}

/// Calls `visit(i)` for every sample i in order, with `workspace.value` = sigma(W x_i) and
/// `workspace.derivative` = sigma'(W x_i); only for networks without linear layers. 2 n d m flops.
template <class Scalar, class Visit>
void for_each_sample(const Activation<Scalar>& activation, const Network<Scalar>& network,
                     const Matrix<Scalar>& inputs, Workspace<Scalar>& workspace,
                     const Visit& visit) {
  for_each_preactivation(network, inputs, workspace, [&](Index i, const auto& z) {
    activation.evaluate(z.size(), z.data(), workspace.value.data(), workspace.derivative.data());
    visit(i);
  });
}

/// f(x_i) = sum_j a_j sigma(w_j . x_i) for every column of `inputs` [d, n] into `outputs` [n].
/// 2 n d m flops.
template <class Scalar>
void predict(const Activation<Scalar>& activation, const Network<Scalar>& network,
             const Matrix<Scalar>& inputs, Workspace<Scalar>& workspace, Vector<Scalar>& outputs);

/// Train loss L = (1/2n) sum_i (f(x_i) - y_i)^2 and its gradient in all parameters. The hot loop of
/// the suite: 4 n d m flops, no allocation after the first call for the same shapes.
template <class Scalar>
Scalar loss_and_gradient(const Activation<Scalar>& activation, const Network<Scalar>& network,
                         const Matrix<Scalar>& inputs, const Vector<Scalar>& labels,
                         Workspace<Scalar>& workspace, Network<Scalar>& gradient);

/// The gradient for one sample x: dL/da, and dL/dW = (dL/dz) x^T, of rank one, with z = W x.
template <class Scalar>
struct SampleGradient {
  Vector<Scalar> outer;          ///< dL/da [m]
  Vector<Scalar> preactivation;  ///< dL/dz [m]
  Vector<Scalar> input;          ///< x [d]
};

/// L = (f(x) - y)^2 / 2 for the sample that `gradient.input` holds, with preactivations z = W x [m],
/// Also computes the rest of `gradient`. O(m) flops: the caller computes z.
template <class Scalar>
Scalar sample_loss_and_gradient(const Activation<Scalar>& activation, const Vector<Scalar>& outer,
                                const Vector<Scalar>& z, Scalar label,
                                SampleGradient<Scalar>& gradient);

/// J v for the Jacobian J [n, m + m d] of the outputs in the parameters: the directional
/// derivatives of f(x_1), ..., f(x_n) along `tangent`. 4 n d m flops.
template <class Scalar>
void jacobian_times(const Activation<Scalar>& activation, const Network<Scalar>& network,
                    const Matrix<Scalar>& inputs, const Network<Scalar>& tangent,
                    Workspace<Scalar>& workspace, Vector<Scalar>& result);

/// J^T u = sum_i u_i grad f(x_i). 4 n d m flops.
template <class Scalar>
void jacobian_transpose_times(const Activation<Scalar>& activation, const Network<Scalar>& network,
                              const Matrix<Scalar>& inputs, const Vector<Scalar>& weights,
                              Workspace<Scalar>& workspace, Network<Scalar>& result);

/// sigma(W X) and sigma'(W X), both [m, n], for algorithms that need all samples at once.
template <class Scalar>
void activations(const Activation<Scalar>& activation, const Network<Scalar>& network,
                 const Matrix<Scalar>& inputs, Matrix<Scalar>& value, Matrix<Scalar>& derivative);

/// The tangent kernel K = J J^T [n, n] from the activations of the same network:
/// K = S^T S + (X^T X) o (D^T D), S = sigma(W X) and D = diag(a) sigma'(W X), both [m, n]. Computes only
/// the lower triangle. 2 n^2 m flops.
template <class Scalar>
void tangent_kernel(const Matrix<Scalar>& value, const Matrix<Scalar>& scaled_derivative,
                    const Matrix<Scalar>& input_gram, Matrix<Scalar>& kernel);

}  // namespace flatgrid::network
