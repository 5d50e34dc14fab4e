// SPDX-License-Identifier: MIT
#include "flatgrid/network/symmetry.hpp"

#include <cmath>

namespace flatgrid::network {

template <class Scalar>
void rescale(Network<Scalar>& network, int degree, const Vector<Scalar>& factors) {
  network.inner.array().colwise() *= factors.array();
  for (Index j = 0; j < network.width(); ++j)
    network.outer(j) /= std::pow(factors(j), static_cast<Scalar>(degree));
}

void rescale_linear(Network<double>& network, std::size_t layer, const VectorD& factors) {
  const bool is_last = layer + 1 == network.linear.size();
  MatrixD& next = is_last ? network.inner : network.linear[layer + 1];
  network.linear[layer].array().colwise() *= factors.array();
  next.array().rowwise() /= factors.transpose().array();
}

template <class Scalar>
Vector<Scalar> balancing_factors(const Network<Scalar>& network, int degree) {
  // c^{-k} |a| = c ||w||  =>  c = (|a| / ||w||)^{1/(k+1)}
  Vector<Scalar> factors = Vector<Scalar>::Ones(network.width());
  for (Index j = 0; j < network.width(); ++j) {
    const Scalar inner = network.inner.row(j).norm();
    const Scalar outer = std::abs(network.outer(j));
    if (inner > 0 && outer > 0) {
      factors(j) = std::pow(outer / inner, Scalar(1) / static_cast<Scalar>(degree + 1));
    }
  }
  return factors;
}

template void rescale(Network<double>&, int, const Vector<double>&);
template Vector<double> balancing_factors(const Network<double>&, int);

}  // namespace flatgrid::network
