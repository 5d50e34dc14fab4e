// SPDX-License-Identifier: MIT
/// x ~ N(0, diag(v)). A diagonal covariance is no restriction, because the index directions are random.
///
/// `gaussian-powerlaw`: v_i proportional to i^-alpha, i = 1..d, of sum d.
/// `gaussian-spiked`: v = (1, s, ..., s), s = (d_eff - 1) / (d - 1), of sum d_eff, the effective dimension tr C / ||C||
/// (Mousavi-Hosseini, Wu, Erdogdu 2024, arXiv 2408.07254).
#include <cmath>
#include <utility>

#include "../input_laws.hpp"
#include "flatgrid/problem/settings.hpp"

namespace flatgrid::problem {

namespace {

class GaussianDiagonalInputs final : public InputLaw {
 public:
  explicit GaussianDiagonalInputs(VectorD variances) : variances_(std::move(variances)) {}
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
  VectorD variances(settings.dimension);
  for (Index i = 0; i < settings.dimension; ++i) {
    variances(i) = std::pow(static_cast<double>(i + 1), -settings.powerlaw_exponent);
  }
  variances *= static_cast<double>(settings.dimension) / variances.sum();
  return std::make_unique<GaussianDiagonalInputs>(std::move(variances));
}

std::unique_ptr<InputLaw> gaussian_spiked_inputs(const ProblemSettings& settings) {
  VectorD variances = VectorD::Ones(settings.dimension);
  if (settings.dimension > 1) {
    const auto others = static_cast<double>(settings.dimension - 1);
    variances.tail(settings.dimension - 1).setConstant((settings.effective_dimension - 1) / others);
  }
  return std::make_unique<GaussianDiagonalInputs>(std::move(variances));
}

}  // namespace flatgrid::problem
