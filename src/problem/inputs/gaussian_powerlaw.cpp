// SPDX-License-Identifier: MIT
/// `gaussian-powerlaw`: x ~ N(0, diag(v)) with variances v_i proportional to i^-alpha, i = 1..d, of
/// sum d. The index directions point anywhere, so that the axes lose no generality.
#include <cmath>

#include "../input_laws.hpp"
#include "flatgrid/problem/settings.hpp"

namespace flatgrid::problem {

namespace {

class GaussianPowerlawInputs final : public InputLaw {
 public:
  GaussianPowerlawInputs(Index dimension, double exponent) : variances_(dimension) {
    for (Index i = 0; i < dimension; ++i) {
      variances_(i) = std::pow(static_cast<double>(i + 1), -exponent);
    }
    variances_ *= static_cast<double>(dimension) / variances_.sum();
  }
  void draw(random::Stream& stream, Eigen::Ref<VectorD> x) const override {
    random::fill_normal(stream, x);
    x = x.cwiseProduct(variances_.cwiseSqrt());
  }
  [[nodiscard]] std::optional<VectorD> gaussian_variances() const override { return variances_; }

 private:
  VectorD variances_;  ///< [d]
};

}  // namespace

std::unique_ptr<InputLaw> gaussian_powerlaw_inputs(const ProblemSettings& settings) {
  return std::make_unique<GaussianPowerlawInputs>(settings.dimension, settings.powerlaw_exponent);
}

}  // namespace flatgrid::problem
