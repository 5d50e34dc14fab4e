// SPDX-License-Identifier: MIT
#include "flatgrid/problem/laws.hpp"

#include <array>
#include <cmath>
#include <numbers>

#include "flatgrid/base/decompositions.hpp"
#include "input_laws.hpp"

namespace flatgrid::problem {

namespace {

double product(const VectorD& /*c*/, const VectorD& z) { return z.prod(); }

double largest(const VectorD& /*c*/, const VectorD& z) { return z.maxCoeff(); }

double staircase(const VectorD& /*c*/, const VectorD& z) {
  double sum = 0;
  double product_so_far = 1;
  for (const double factor : z) sum += product_so_far *= factor;
  return sum;
}

double parity(const VectorD& /*c*/, const VectorD& z) { return z.array().sign().prod(); }

MatrixD haar_distributed(const MatrixD& normals) {
  // Orthonormalized Gaussian columns are uniform on the Stiefel manifold (Haar) for any signs of the
  // Householder factors, since these do not depend on the rotation.
  MatrixD directions = orthonormalized(normals);
  // Normalizes again after the QR decomposition: unit length to the last bit.
  directions.colwise().normalize();
  return directions;
}

double uniform_noise(random::Stream& stream) {
  // Uniform on [-sqrt(3), sqrt(3)] has variance 1.
  return std::sqrt(3.0) * (2.0 * stream.uniform() - 1.0);
}

network::HalfLinePolynomial hermite2(double /*leaky_slope*/) {
  constexpr double c = 1 / std::numbers::sqrt2;
  return {{-c, 0, c}, {-c, 0, c}};
}

network::HalfLinePolynomial hermite3(double /*leaky_slope*/) {
  const double c = 1 / std::sqrt(6.0);
  return {{0, -3 * c, 0, c}, {0, 3 * c, 0, -c}};
}

/// f of the link kinks as sum_l weight_l relu(z - shift_l), and minus its Hermite parts below s.
std::vector<Link::Piece> kinks(int information_exponent) {
  struct Kink {
    double weight, shift;
  };
  constexpr std::array<Kink, 4> k_kinks = {{{1, -1}, {-2, 0}, {2, 2}, {-1, 3}}};
  std::vector<Link::Piece> pieces;
  // alpha_k of relu(z - t): phi(t) - t P(t), P(t), phi(t) / sqrt 2, t phi(t) / sqrt 6
  std::array<double, k_largest_information_exponent> alpha{};
  for (const auto& [weight, t] : k_kinks) {
    pieces.push_back({{{0, weight}, {}}, t});
    const double density = std::exp(-t * t / 2) / std::sqrt(2 * std::numbers::pi);
    const double tail = std::erfc(t / std::numbers::sqrt2) / 2;
    alpha[0] += weight * (density - t * tail);
    alpha[1] += weight * tail;
    alpha[2] += weight * density / std::numbers::sqrt2;
    alpha[3] += weight * t * density / std::sqrt(6.0);
  }
  for (std::size_t k = 0; k < alpha.size(); ++k)
    if (static_cast<int>(k) >= information_exponent) alpha[k] = 0;
  // h_2 = (z^2 - 1) / sqrt 2, h_3 = (z^3 - 3 z) / sqrt 6
  const std::array<double, 4> powers = {alpha[0] - alpha[2] / std::numbers::sqrt2,
                                        alpha[1] - 3 * alpha[3] / std::sqrt(6.0),
                                        alpha[2] / std::numbers::sqrt2, alpha[3] / std::sqrt(6.0)};
  pieces.push_back({{{-powers[0], -powers[1], -powers[2], -powers[3]},
                     {-powers[0], powers[1], -powers[2], powers[3]}},
                    0});
  return pieces;
}

}  // namespace

std::span<const InputLawKind> InputLawKind::table() {
  static constexpr std::array<InputLawKind, 10> k_table = {
      {{"gaussian", gaussian_inputs},
       {"gaussian-powerlaw", gaussian_powerlaw_inputs},
       {"gaussian-spiked", gaussian_spiked_inputs},
       {"sphere", sphere_inputs},
       {"ball", ball_inputs},
       {"cube", cube_inputs},
       {"rademacher", rademacher_inputs},
       {"student-t", student_t_inputs, false},
       {"mixture", mixture_inputs},
       {"file", nullptr}}};
  return k_table;
}

std::span<const LinkKind> LinkKind::table() {
  using Polynomial = network::HalfLinePolynomial;
  // As {right, left}.
  static constexpr std::array<LinkKind, 12> k_table = {
      {{"relu",
        [](double) {
          return Polynomial{{0, 1}, {}};
        }},
       {"leaky-relu",
        [](double slope) {
          return Polynomial{{0, 1}, {0, -slope}};
        }},
       {"abs",
        [](double) {
          return Polynomial{{0, 1}, {0, 1}};
        }},
       {"relu2",
        [](double) {
          return Polynomial{{0, 0, 1}, {}};
        }},
       {"relu3",
        [](double) {
          return Polynomial{{0, 0, 0, 1}, {}};
        }},
       {"hermite2", hermite2},
       {"hermite3", hermite3},
       {"tanh", nullptr, [](double z) { return std::tanh(z); }},
       {"sin", nullptr, [](double z) { return std::sin(z); }},
       {"sign",
        [](double) {
          return Polynomial{{1}, {-1}};
        }},
       {"identity",
        [](double) {
          return Polynomial{{0, 1}, {0, -1}};
        }},
       {"kinks", nullptr, nullptr, kinks}}};
  return k_table;
}

std::span<const TargetKind> TargetKind::table() {
  static constexpr std::array<TargetKind, 5> k_table = {
      {{"sum", nullptr, nullptr},
       {"product", product, [](Index r) { return static_cast<int>(r); }},
       {"max", largest, [](Index) { return 1; }},
       {"staircase", staircase, [](Index r) { return static_cast<int>(r); }},
       {"parity", parity, [](Index) { return 0; }}}};
  return k_table;
}

std::span<const DirectionsKind> DirectionsKind::table() {
  static constexpr std::array<DirectionsKind, 3> k_table = {
      {{"orthonormal", true, haar_distributed},
       {"random", false,
        [](const MatrixD& normals) -> MatrixD { return normals.colwise().normalized(); }},
       {"axes", true, [](const MatrixD& normals) -> MatrixD {
          return MatrixD::Identity(normals.rows(), normals.cols());
        }}}};
  return k_table;
}

std::span<const DataSplitKind> DataSplitKind::table() {
  static constexpr std::array<DataSplitKind, 2> k_table = {{{"first", false}, {"resample", true}}};
  return k_table;
}

std::span<const NoiseLaw> NoiseLaw::table() {
  static constexpr std::array<NoiseLaw, 3> k_table = {
      {{"gaussian", [](random::Stream& stream) { return stream.normal(); }},
       {"rademacher", [](random::Stream& stream) { return stream.sign(); }},
       {"uniform", uniform_noise}}};
  return k_table;
}

Link make_link(const LinkKind& kind, double leaky_slope, int information_exponent) {
  if (kind.pieces != nullptr) {
    const std::vector<Link::Piece> pieces = kind.pieces(information_exponent);
    return {[pieces](double z) {
              double sum = 0;
              for (const auto& [polynomial, shift] : pieces)
                sum += network::value(polynomial, z - shift);
              return sum;
            },
            std::nullopt, pieces};
  }
  if (kind.polynomial == nullptr) return {kind.function, std::nullopt};
  const network::HalfLinePolynomial g = kind.polynomial(leaky_slope);
  return {[g](double z) { return network::value(g, z); }, g};
}

}  // namespace flatgrid::problem
