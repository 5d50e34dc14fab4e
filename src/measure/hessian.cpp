// SPDX-License-Identifier: MIT
#include "flatgrid/measure/hessian.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <Spectra/SymEigsSolver.h>

#include "flatgrid/random/stream.hpp"

namespace flatgrid::measure {

namespace {

/// The dimension of the Krylov space, the number of restarts, and the residual of an eigenpair relative to the
/// eigenvalue, which bounds the relative error of the eigenvalue.
constexpr Index k_krylov_size = 40;
constexpr Index k_most_restarts = 1000;
constexpr double k_tolerance = 1e-9;

/// H with the interface that Spectra requires.
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

/// All parameters, in the order (a, W column by column, each linear layer likewise).
VectorD vector_of(const network::Network<double>& network, Index size) {
  VectorD vector(size);
  Index first = 0;
  const auto append = [&](const auto& layer) {
    vector.segment(first, layer.size()) = layer.reshaped();
    first += layer.size();
  };
  append(network.outer);
  append(network.inner);
  for (const MatrixD& layer : network.linear) append(layer);
  return vector;
}

/// The inverse of `vector_of`; `network` has the shape.
void set_parameters(const VectorD& vector, network::Network<double>& network) {
  Index first = 0;
  const auto take = [&](auto& layer) {
    layer.reshaped() = vector.segment(first, layer.size());
    first += layer.size();
  };
  take(network.outer);
  take(network.inner);
  for (MatrixD& layer : network.linear) take(layer);
}

/// Adds the derivative of network::gradient_from_form along `tangent` for a fixed gradient G in the inner weights of
/// the two-layer form. With P_l = V_l ... V_1 and U_l = (W V_p ... V_{l+1})^T G,
///   DL/DW = G DP_p^T,   DL/DV_l = DU_l P_{l-1}^T + U_l DP_{l-1}^T,
///   DP_l = DV_l P_{l-1} + V_l DP_{l-1},   DU_{l-1} = DV_l^T U_l + V_l^T DU_l.
void add_derivative_of_chain(const network::Network<double>& network, const MatrixD& gradient,
                             const network::Network<double>& tangent,
                             network::Network<double>& sum) {
  const std::size_t layers = network.linear.size();
  std::vector<MatrixD> product = {MatrixD::Identity(network.dimension(), network.dimension())};
  std::vector<MatrixD> product_tangent = {MatrixD::Zero(network.dimension(), network.dimension())};
  for (std::size_t l = 0; l < layers; ++l) {
    product_tangent.push_back(tangent.linear[l] * product[l] +
                              network.linear[l] * product_tangent[l]);
    product.push_back(network.linear[l] * product[l]);
  }
  sum.inner += gradient * product_tangent.back().transpose();
  MatrixD u = network.inner.transpose() * gradient;
  MatrixD u_tangent = tangent.inner.transpose() * gradient;
  for (std::size_t l = layers; l-- > 0;) {
    sum.linear[l] += u_tangent * product[l].transpose() + u * product_tangent[l].transpose();
    u_tangent = tangent.linear[l].transpose() * u + network.linear[l].transpose() * u_tangent;
    u = network.linear[l].transpose() * u;
  }
}

}  // namespace

/// The two-layer form of the network, the Hessian there, and the gradient in its inner weights.
struct HessianOperator::Form {
  Form(const network::Activation<double>& activation, const network::Network<double>& of,
       const MatrixD& inputs, const VectorD& labels)
      : network(network::two_layer_form(of)),
        gradient(network),
        hessian(activation, network, inputs, labels) {
    network::Workspace<double> workspace(network.width());
    network::loss_and_gradient(activation, network, inputs, labels, workspace, gradient);
  }

  network::Network<double> network;
  network::Network<double> gradient;
  HessianOperator hessian;
};

HessianOperator::~HessianOperator() = default;

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
  if (!network.linear.empty()) {
    form_ = std::make_unique<Form>(activation, network, inputs, labels);
    direction_ = network;
    product_ = network;
  }
}

Index HessianOperator::size() const {
  Index size = network_.outer.size() + network_.inner.size();
  for (const MatrixD& layer : network_.linear) size += layer.size();
  return size;
}

void HessianOperator::multiply(const VectorD& v, VectorD& product) {
  if (!form_) {
    multiply_two_layers(v, product);
    return;
  }
  set_parameters(v, direction_);
  network::Network<double> of_form = network::two_layer_tangent(network_, direction_);
  form_->hessian.multiply_two_layers(vector_of(of_form, form_->hessian.size()), product);
  set_parameters(product, of_form);
  network::gradient_from_form(network_, of_form, product_);
  add_derivative_of_chain(network_, form_->gradient.inner, direction_, product_);
  product = vector_of(product_, size());
}

void HessianOperator::multiply_two_layers(const VectorD& v, VectorD& product) {
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
  if (product.isZero(0)) return 0;  // H = 0 has no Krylov space

  SpectraHessian map(hessian);
  Spectra::SymEigsSolver<SpectraHessian> solver(map, 1, std::min(k_krylov_size, hessian.size()));
  solver.init(start.data());
  if (solver.compute(Spectra::SortRule::LargestAlge, k_most_restarts, k_tolerance) == 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  // The Krylov space lies in the range of H: if all its eigenvalues are negative, the largest of H is 0.
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
