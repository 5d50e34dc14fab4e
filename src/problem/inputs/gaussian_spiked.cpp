// SPDX-License-Identifier: MIT
/// `gaussian-spiked`: x ~ N(0, diag(1, s, ..., s)), s = (d_eff - 1) / (d - 1), of trace d_eff, the effective
/// dimension tr C / ||C|| (Mousavi-Hosseini, Wu, Erdogdu 2024, arXiv 2408.07254).
#include "../input_laws.hpp"
#include "flatgrid/problem/settings.hpp"

namespace flatgrid::problem {

namespace {

class GaussianSpikedInputs final : public InputLaw {
 public:
  GaussianSpikedInputs(Index dimension, double effective_dimension)
      : variances_(VectorD::Ones(dimension)) {
    if (dimension == 1) return;
    const double s = (effective_dimension - 1) / static_cast<double>(dimension - 1);
    variances_.tail(dimension - 1).setConstant(s);
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

std::unique_ptr<InputLaw> gaussian_spiked_inputs(const ProblemSettings& settings) {
  return std::make_unique<GaussianSpikedInputs>(settings.dimension, settings.effective_dimension);
}

}  // namespace flatgrid::problem
