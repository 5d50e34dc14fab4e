// SPDX-License-Identifier: MIT
/// `cube`: independent components, uniform on [-sqrt 3, sqrt 3], of variance 1.
#include <cmath>

#include "../input_laws.hpp"

namespace flatgrid::problem {

namespace {

class CubeInputs final : public InputLaw {
 public:
  void draw(random::Stream& stream, Eigen::Ref<VectorD> x) const override {
    for (double& component : x) component = std::sqrt(3.0) * (2.0 * stream.uniform() - 1.0);
  }
};

}  // namespace

std::unique_ptr<InputLaw> cube_inputs(const ProblemSettings& /*settings*/) {
  return std::make_unique<CubeInputs>();
}

}  // namespace flatgrid::problem
