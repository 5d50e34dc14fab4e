// SPDX-License-Identifier: MIT
/// `mixture`: K Gaussians of equal weight and width, x = s (mu_c + g) with g ~ N(0, I_d) and c
/// uniform on 1..K. The centres mu_c are `separation` times random unit vectors, moved to have the
/// mean 0; s makes E ||x||^2 = d. They belong to the law of the inputs, not to the data drawn from
/// it: all seeds have the same.
#include <cmath>

#include "../input_laws.hpp"
#include "flatgrid/problem/settings.hpp"

namespace flatgrid::problem {

namespace {

class MixtureInputs final : public InputLaw {
 public:
  MixtureInputs(Index dimension, Index components, double separation)
      : centres_(dimension, components) {
    for (Index c = 0; c < components; ++c) {
      random::Stream stream(0, random::Purpose::mixture_centres, static_cast<std::uint64_t>(c));
      random::fill_normal(stream, centres_.col(c));
    }
    centres_.colwise().normalize();
    const VectorD mean = centres_.rowwise().mean();
    centres_ = separation * (centres_.colwise() - mean);
    // E ||mu_c + g||^2 = mean_c ||mu_c||^2 + d
    const auto d = static_cast<double>(dimension);
    scale_ = std::sqrt(d / (centres_.colwise().squaredNorm().mean() + d));
  }
  void draw(random::Stream& stream, Eigen::Ref<VectorD> x) const override {
    const auto components = static_cast<double>(centres_.cols());
    const auto c = static_cast<Index>(components * stream.uniform());
    random::fill_normal(stream, x);
    x = scale_ * (centres_.col(c) + x);
  }

 private:
  MatrixD centres_;  ///< [d, K]: column c is mu_c
  double scale_;     ///< s
};

}  // namespace

std::unique_ptr<InputLaw> mixture_inputs(const ProblemSettings& settings) {
  return std::make_unique<MixtureInputs>(settings.dimension, settings.components,
                                         settings.separation);
}

}  // namespace flatgrid::problem
