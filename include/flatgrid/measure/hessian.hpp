// SPDX-License-Identifier: MIT
/// The exact Hessian of the train loss L = (1/2n) sum_i (f(x_i) - y_i)^2 in all parameters, without
/// forming the matrix.
///
/// With r_i = f(x_i) - y_i
///   H = (1/n) sum_i [ grad f(x_i) grad f(x_i)^T + r_i D^2 f(x_i) ],
/// where D^2 f(x) has a block per neuron: with z = w_j.x
///   d^2 f / da_j dw_j = sigma'(z) x,   d^2 f / dw_j dw_j = a_j sigma''(z) x x^T,
///   d^2 f / da_j da_j = 0.
/// sigma'' is the second derivative almost everywhere, without the point masses at kinks of sigma. This
/// is the exact Hessian at every point where no w_j.x_i is 0.
///
/// With linear layers L is a function of the two-layer form (linear_layers.hpp), and H v is the derivative along v of
/// the chain rule for its gradient.
#pragma once

#include <cstdint>
#include <memory>

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/kernels.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// H as a linear map on vectors of all parameters, in the order (a, W column by column, each linear layer likewise).
/// Keeps references to the constructor's arguments, which must outlive it.
class HessianOperator {
 public:
  HessianOperator(const network::Activation<double>& activation,
                  const network::Network<double>& network, const MatrixD& inputs,
                  const VectorD& labels);
  ~HessianOperator();
  HessianOperator(const HessianOperator&) = delete;
  HessianOperator& operator=(const HessianOperator&) = delete;

  /// The number of parameters: m (d + 1) for two layers.
  [[nodiscard]] Index size() const;

  /// product = H v, different vectors of that size. 6 n d m flops, without linear layers no allocation.
  void multiply(const VectorD& v, VectorD& product);

 private:
  struct Form;

  void multiply_two_layers(const VectorD& v, VectorD& product);

  const network::Activation<double>& activation_;
  const network::Network<double>& network_;
  const MatrixD& inputs_;
  VectorD residual_;  ///< [n]: r_i
  network::Workspace<double> workspace_;
  VectorD second_derivative_;           ///< [m]: sigma''(z) of one sample
  network::Network<double> direction_;  ///< v
  network::Network<double> product_;    ///< n H v
  std::unique_ptr<Form> form_;          ///< with linear layers the two-layer form
};

/// The largest eigenvalue of H, by the implicitly restarted Lanczos algorithm (Spectra) from a random
/// vector of `seed`, to a relative error below 1e-9. Never negative: the block of the outer weights
/// is positive semidefinite. NaN if the iteration does not converge.
double hessian_top_eigenvalue(HessianOperator& hessian, std::int64_t seed);

/// ||H||_F without forming H. With the tangent kernel K = J J^T and the residual part
/// R = sum_i r_i D^2 f(x_i), whose block of neuron j consists of
///   b_j = sum_i r_i sigma'(w_j.x_i) x_i,   C_j = a_j sum_i r_i sigma''(w_j.x_i) x_i x_i^T,
/// n^2 ||H||_F^2 = ||K||_F^2 + 2 tr(J R J^T) + ||R||_F^2, where
///   tr(J R J^T) = sum_ij 2 sigma(w_j.x_i) a_j sigma'(w_j.x_i) (b_j.x_i)
///                        + (a_j sigma'(w_j.x_i))^2 x_i^T C_j x_i,
///   ||R||_F^2 = sum_j 2 ||b_j||^2 + ||C_j||_F^2.
/// The terms with C_j follow from the squared Gram matrix G_il = (x_i.x_l)^2. 2 n^2 m flops for degree 1,
/// twice that otherwise, and memory for a few [n, n] and [m, n] matrices.
double hessian_frobenius_norm(const network::Activation<double>& activation,
                              const network::Network<double>& network, const MatrixD& inputs,
                              const VectorD& labels);

}  // namespace flatgrid::measure
