// SPDX-License-Identifier: MIT
#include "flatgrid/measure/hessian.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Spectra/SymEigsSolver.h>

#include "flatgrid/random/stream.hpp"

namespace flatgrid::measure {

namespace {

/// Vectors of the Krylov space, restarts, and the residual of an eigenpair relative to the
/// eigenvalue, which bounds the eigenvalue's relative error.
constexpr Index k_krylov_size = 40;
constexpr Index k_most_restarts = 1000;
constexpr double k_tolerance = 1e-9;

/// H in the form that Spectra asks for.
class SpectraHessian {
 public:
  using Scalar = double;

  explicit SpectraHessian(HessianOperator& hessian)
      : hessian_(hessian), argument_(hessian.size()), product_(hessian.size()) {}

  [[nodiscard]] Index rows() const { return hessian_.size(); }
  [[nodiscard]] Index cols() const { return hessian_.size(); }
  void perform_op(const double* x, double* y) const {
    argument_ = Eigen::Map<const VectorD>(x, argument_.size());
    hessian_.multiply(argument_, product_);
    Eigen::Map<VectorD>(y, product_.size()) = product_;
  }

 private:
  HessianOperator& hessian_;
  mutable VectorD argument_;
  mutable VectorD product_;
};

}  // namespace

HessianOperator::HessianOperator(const network::Activation<double>& activation,
                                 const network::Network<double>& network, const MatrixD& inputs,
                                 const VectorD& labels)
    : activation_(activation),
      network_(network),
      inputs_(inputs),
      workspace_(network.width()),
      second_derivative_(network.width()),
      direction_(network::Network<double>::zero(network.width(), network.dimension())),
      product_(direction_) {
  workspace_.z_tangent.resize(network.width(), workspace_.block);
  network::predict(activation, network, inputs, workspace_, residual_);
  residual_ -= labels;
}

void HessianOperator::multiply(const VectorD& v, VectorD& product) {
  direction_.outer = v.head(network_.outer.size());
  direction_.inner.reshaped() = v.tail(network_.inner.size());
  product_.outer.setZero();
  product_.inner.setZero();
  const VectorD& value = workspace_.value;
  const VectorD& derivative = workspace_.derivative;
  for (Index first = 0; first < inputs_.cols(); first += workspace_.block) {
    const Index size = std::min(workspace_.block, inputs_.cols() - first);
    const auto block = inputs_.middleCols(first, size);
    workspace_.z.leftCols(size).noalias() = network_.inner * block;
    workspace_.z_tangent.leftCols(size).noalias() = direction_.inner * block;
    for (Index i = 0; i < size; ++i) {
      const auto z = workspace_.z.col(i);
      auto z_tangent = workspace_.z_tangent.col(i);
      activation_.evaluate(z.size(), z.data(), workspace_.value.data(),
                           workspace_.derivative.data());
      activation_.second_derivative(z.size(), z.data(), second_derivative_.data());
      // (J v)_i = sum_j va_j sigma(z_j) + a_j sigma'(z_j) (vw_j . x_i)
      const double output_tangent =
          direction_.outer.dot(value) + network_.outer.dot(derivative.cwiseProduct(z_tangent));
      const double residual = residual_(first + i);
      // n (H v)_a += (J v)_i sigma(z) + r_i sigma'(z) o z_tangent
      product_.outer += output_tangent * value + residual * derivative.cwiseProduct(z_tangent);
      // n (H v)_w += [(J v)_i a o sigma'(z) + r_i (va o sigma'(z) + a o sigma''(z) o z_tangent)]
      // x_i
      z_tangent =
          (output_tangent * network_.outer + residual * direction_.outer).cwiseProduct(derivative) +
          residual * network_.outer.cwiseProduct(second_derivative_).cwiseProduct(z_tangent);
    }
    product_.inner.noalias() += workspace_.z_tangent.leftCols(size) * block.transpose();
  }
  const double per_sample = 1 / static_cast<double>(inputs_.cols());
  product.resize(size());
  product.head(network_.outer.size()) = per_sample * product_.outer;
  product.tail(network_.inner.size()) = per_sample * product_.inner.reshaped();
}

double hessian_top_eigenvalue(HessianOperator& hessian, std::int64_t seed) {
  VectorD start(hessian.size());
  random::Stream stream(seed, random::Purpose::eigenvalue_start, 0);
  random::fill_normal(stream, start);
  VectorD product;
  hessian.multiply(start, product);
  if (product.isZero(0)) return 0;  // H = 0, of which no Krylov space can be made

  SpectraHessian map(hessian);
  Spectra::SymEigsSolver<SpectraHessian> solver(map, 1, std::min(k_krylov_size, hessian.size()));
  solver.init(start.data());
  if (solver.compute(Spectra::SortRule::LargestAlge, k_most_restarts, k_tolerance) == 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  // The Krylov space lies in the range of H: where all eigenvalues on it are negative, 0 is one
  // too.
  return std::max(0.0, solver.eigenvalues()(0));
}

double hessian_frobenius_norm(const network::Activation<double>& activation,
                              const network::Network<double>& network, const MatrixD& inputs,
                              const VectorD& labels) {
  MatrixD value, derivative;
  network::activations(activation, network, inputs, value, derivative);
  const VectorD residual = value.transpose() * network.outer - labels;
  const MatrixD input_gram = inputs.transpose() * inputs;

  const MatrixD scaled_derivative = network.outer.asDiagonal() * derivative;
  MatrixD kernel;
  network::tangent_kernel(value, scaled_derivative, input_gram, kernel);
  // ||K||_F^2, K in the lower triangle
  double sum = kernel.diagonal().squaredNorm();
  for (Index i = 0; i < kernel.cols(); ++i) {
    sum += 2 * kernel.col(i).tail(kernel.cols() - i - 1).squaredNorm();
  }

  // row j = b_j;  projected(j, i) = b_j . x_i
  const MatrixD mixed = derivative * residual.asDiagonal() * inputs.transpose();
  MatrixD projected = mixed * inputs;
  sum += 4 * value.cwiseProduct(scaled_derivative).cwiseProduct(projected).sum() +
         2 * mixed.squaredNorm();

  if (activation.degree() > 1) {
    // weights(j, i) = a_j r_i sigma''(w_j.x_i);  projected(j, i) = x_i^T C_j x_i
    const MatrixD z = network.inner * inputs;
    MatrixD weights(z.rows(), z.cols());
    activation.second_derivative(z.size(), z.data(), weights.data());
    weights = network.outer.asDiagonal() * weights * residual.asDiagonal();
    projected.noalias() = weights * input_gram.cwiseAbs2();
    sum += 2 * scaled_derivative.cwiseAbs2().cwiseProduct(projected).sum() +
           weights.cwiseProduct(projected).sum();
  }
  return std::sqrt(std::max(0.0, sum)) / static_cast<double>(inputs.cols());
}

}  // namespace flatgrid::measure
