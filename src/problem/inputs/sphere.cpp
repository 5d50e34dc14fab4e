// SPDX-License-Identifier: MIT
/// `sphere`: uniform on the sphere of radius sqrt(d), a standard normal vector brought to it.
#include <cmath>

#include "../input_laws.hpp"
#include "flatgrid/problem/settings.hpp"

namespace flatgrid::problem {

namespace {

class SphereInputs final : public InputLaw {
 public:
  explicit SphereInputs(Index dimension) : radius_(std::sqrt(static_cast<double>(dimension))) {}
  void draw(random::Stream& stream, Eigen::Ref<VectorD> x) const override {
    random::fill_normal(stream, x);
    x *= radius_ / x.norm();
  }
  [[nodiscard]] std::optional<double> sphere_radius() const override { return radius_; }

 private:
  double radius_;
};

}  // namespace

std::unique_ptr<InputLaw> sphere_inputs(const ProblemSettings& settings) {
  return std::make_unique<SphereInputs>(settings.dimension);
}

}  // namespace flatgrid::problem
