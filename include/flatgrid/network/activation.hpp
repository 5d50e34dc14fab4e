// SPDX-License-Identifier: MIT
/// Activations sigma of the network, positively homogeneous of degree k: sigma(c z) = c^k sigma(z)
/// for c > 0.
///
/// An activation is one file in `network/activations/` with a small law (degree, value, first and
/// second derivative, polynomial) and one line in the registry of `activation.cpp`.
#pragma once

#include <memory>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/network/half_line_polynomial.hpp"
#include "flatgrid/network/settings.hpp"

namespace flatgrid::network {

/// An activation applied to whole columns of preactivations, so that the kernels call it once per
/// sample and the compiler vectorizes over the neurons.
template <class Scalar>
class Activation {
 public:
  virtual ~Activation() = default;
  /// k, the degree of homogeneity.
  [[nodiscard]] virtual int degree() const = 0;
  /// value_j = sigma(z_j) and derivative_j = sigma'(z_j) for j < size. `z` may not alias the
  /// outputs.
  virtual void evaluate(Index size, const Scalar* z, Scalar* value, Scalar* derivative) const = 0;
  /// result_j = sigma''(z_j) for j < size, as it is almost everywhere: without what sits on a kink
  /// of sigma, so 0 for degree 1, and continuous from the left at a kink of sigma'. `z` may not
  /// alias the output.
  virtual void second_derivative(Index size, const Scalar* z, Scalar* result) const = 0;
  /// sigma as a polynomial on either side of 0.
  [[nodiscard]] virtual HalfLinePolynomial polynomial() const = 0;
  /// The same in single precision.
  [[nodiscard]] virtual std::unique_ptr<Activation<float>> in_float() const = 0;
};

/// Makes a column-wise Activation of a law with `k_degree`, `value(z)`, `derivative(z)`,
/// `second_derivative(z)` and `polynomial()`.
template <class Scalar, class Law>
class ActivationOf final : public Activation<Scalar> {
 public:
  explicit ActivationOf(Law law) : law_(law) {}
  [[nodiscard]] int degree() const override { return Law::k_degree; }
  void evaluate(Index size, const Scalar* __restrict z, Scalar* __restrict value,
                Scalar* __restrict derivative) const override {
    const Law law = law_;  // which the outputs cannot overwrite: the compiler vectorizes
    for (Index j = 0; j < size; ++j) {
      value[j] = law.value(z[j]);
      derivative[j] = law.derivative(z[j]);
    }
  }
  void second_derivative(Index size, const Scalar* __restrict z,
                         Scalar* __restrict result) const override {
    for (Index j = 0; j < size; ++j) result[j] = law_.second_derivative(z[j]);
  }
  [[nodiscard]] HalfLinePolynomial polynomial() const override { return law_.polynomial(); }
  [[nodiscard]] std::unique_ptr<Activation<float>> in_float() const override {
    return std::make_unique<ActivationOf<float, Law>>(law_);
  }

 private:
  Law law_;
};

/// The activation that a configuration asks for.
std::unique_ptr<Activation<double>> make_activation(const NetworkSettings& settings);

}  // namespace flatgrid::network
