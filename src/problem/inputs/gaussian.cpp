// SPDX-License-Identifier: MIT
/// `gaussian`: isotropic, x ~ N(0, I_d).
#include "../input_laws.hpp"
#include "flatgrid/problem/settings.hpp"

namespace flatgrid::problem {

namespace {

class GaussianInputs final : public InputLaw {
 public:
  explicit GaussianInputs(Index dimension) : dimension_(dimension) {}
  void draw(random::Stream& stream, Eigen::Ref<VectorD> x) const override {
    random::fill_normal(stream, x);
  }
  [[nodiscard]] std::optional<VectorD> gaussian_variances() const override {
    return VectorD::Ones(dimension_);
  }

 private:
  Index dimension_;
};

}  // namespace

std::unique_ptr<InputLaw> gaussian_inputs(const ProblemSettings& settings) {
  return std::make_unique<GaussianInputs>(settings.dimension);
}

}  // namespace flatgrid::problem
