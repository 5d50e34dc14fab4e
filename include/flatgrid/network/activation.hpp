/// Activations sigma of the network, positively homogeneous of degree k: sigma(c z) = c^k sigma(z)
/// for c > 0.
///
/// An activation is one file in `network/activations/` with a small law (value, derivative, degree)
/// and one line in the registry of `activation.cpp`.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/network/settings.hpp"

namespace flatgrid {

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
};

/// Makes a column-wise Activation of a law with `k_degree`, `value(z)` and `derivative(z)`.
template <class Scalar, class Law>
class ActivationOf final : public Activation<Scalar> {
 public:
  explicit ActivationOf(Law law) : law_(law) {}
  [[nodiscard]] int degree() const override { return Law::k_degree; }
  void evaluate(Index size, const Scalar* __restrict z, Scalar* __restrict value,
                Scalar* __restrict derivative) const override {
    for (Index j = 0; j < size; ++j) {
      value[j] = law_.value(z[j]);
      derivative[j] = law_.derivative(z[j]);
    }
  }

 private:
  Law law_;
};

/// Names accepted by `network.activation`.
std::span<const std::string_view> activation_names();

/// The activation a configuration asks for. Throws Error for an unknown name.
template <class Scalar>
std::unique_ptr<Activation<Scalar>> make_activation(const NetworkSettings& settings);

}  // namespace flatgrid
