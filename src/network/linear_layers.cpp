// SPDX-License-Identifier: MIT
#include "flatgrid/network/linear_layers.hpp"

namespace flatgrid::network {

namespace {

/// I, V_1, V_2 V_1, ..., V_p ... V_1; the first, which is the identity, is left empty.
template <class Scalar>
std::vector<Matrix<Scalar>> partial_products(const Network<Scalar>& network) {
  std::vector<Matrix<Scalar>> products(1);
  for (const Matrix<Scalar>& layer : network.linear) {
    products.push_back(products.size() == 1 ? layer : Matrix<Scalar>(layer * products.back()));
  }
  return products;
}

}  // namespace

template <class Scalar>
Network<Scalar> two_layer_form(const Network<Scalar>& network) {
  if (network.linear.empty()) return network;
  return {network.inner * partial_products(network).back(), network.outer};
}

template <class Scalar>
Network<Scalar> two_layer_tangent(const Network<Scalar>& network, const Network<Scalar>& tangent) {
  if (network.linear.empty()) return tangent;
  // D(V_l P_{l-1}) = DV_l P_{l-1} + V_l DP_{l-1}
  Matrix<Scalar> product = network.linear.front();
  Matrix<Scalar> derivative = tangent.linear.front();
  const auto multiply = [&](const Matrix<Scalar>& layer, const Matrix<Scalar>& of_layer) {
    derivative = of_layer * product + layer * derivative;
    product = layer * product;
  };
  for (std::size_t l = 1; l < network.linear.size(); ++l)
    multiply(network.linear[l], tangent.linear[l]);
  multiply(network.inner, tangent.inner);
  return {derivative, tangent.outer};
}

template <class Scalar>
void gradient_from_form(const Network<Scalar>& network, const Network<Scalar>& of_form,
                        Network<Scalar>& gradient) {
  gradient.outer = of_form.outer;
  if (network.linear.empty()) {
    gradient.inner = of_form.inner;
    return;
  }
  const std::vector<Matrix<Scalar>> products = partial_products(network);
  gradient.inner.noalias() = of_form.inner * products.back().transpose();
  // (W V_p ... V_{l+1})^T G
  Matrix<Scalar> from_above = network.inner.transpose() * of_form.inner;
  for (std::size_t l = network.linear.size(); l-- > 1;) {
    gradient.linear[l].noalias() = from_above * products[l].transpose();
    from_above = network.linear[l].transpose() * from_above;
  }
  gradient.linear.front() = from_above;
}

MatrixD neuron_inputs(const Network<double>& network, const MatrixD& inputs) {
  MatrixD outputs = inputs;
  for (const MatrixD& layer : network.linear) outputs = layer * outputs;
  return outputs;
}

void add_linear_kernel(const Network<double>& network, const MatrixD& inputs,
                       const MatrixD& gradient, MatrixD& kernel) {
  if (network.linear.empty()) return;
  std::vector<MatrixD> layer_inputs = {inputs};
  for (std::size_t l = 0; l + 1 < network.linear.size(); ++l)
    layer_inputs.push_back(network.linear[l] * layer_inputs.back());
  MatrixD u = network.inner.transpose() * gradient;
  for (std::size_t l = network.linear.size(); l-- > 0;) {
    const MatrixD gram = layer_inputs[l].transpose() * layer_inputs[l];
    kernel.triangularView<Eigen::Lower>() += (u.transpose() * u).cwiseProduct(gram);
    if (l > 0) u = network.linear[l].transpose() * u;
  }
}

template Network<double> two_layer_form(const Network<double>&);
template Network<double> two_layer_tangent(const Network<double>&, const Network<double>&);
template void gradient_from_form(const Network<double>&, const Network<double>&, Network<double>&);
template Network<float> two_layer_form(const Network<float>&);
template void gradient_from_form(const Network<float>&, const Network<float>&, Network<float>&);

}  // namespace flatgrid::network
