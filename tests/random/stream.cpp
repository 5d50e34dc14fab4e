// SPDX-License-Identifier: MIT
#include "flatgrid/random/stream.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <vector>

#include <Random123/philox.h>
#include <Random123/uniform.hpp>
#include <catch2/catch.hpp>

using namespace flatgrid;
using namespace flatgrid::random;

namespace {

/// sup |F_n - F| of a sorted sample against the distribution function `cdf`.
template <class Cdf>
double kolmogorov_distance(std::vector<double> sample, Cdf cdf) {
  std::ranges::sort(sample);
  const auto n = static_cast<double>(sample.size());
  double distance = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double expected = cdf(sample[i]);
    distance = std::max({distance, std::abs(static_cast<double>(i) / n - expected),
                         std::abs(static_cast<double>(i + 1) / n - expected)});
  }
  return distance;
}

/// The first uniform numbers of many neighbouring streams, as a campaign uses them.
std::vector<double> uniforms(std::uint64_t streams, int each) {
  std::vector<double> sample;
  for (std::uint64_t index = 0; index < streams; ++index) {
    Stream stream(1, Purpose::inputs, index);
    for (int k = 0; k < each; ++k) sample.push_back(stream.uniform());
  }
  return sample;
}

std::vector<double> normals(std::uint64_t streams, int each) {
  std::vector<double> sample;
  for (std::uint64_t index = 0; index < streams; ++index) {
    Stream stream(1, Purpose::inputs, index);
    for (int k = 0; k < each; ++k) sample.push_back(stream.normal());
  }
  return sample;
}

double raw_moment(const std::vector<double>& sample, int power) {
  double sum = 0;
  for (const double value : sample) sum += std::pow(value, power);
  return sum / static_cast<double>(sample.size());
}

}  // namespace

TEST_CASE("Philox4x64-10 gives the known answers of Random123") {
  // The three philox4x64 lines with 10 rounds of Random123's kat_vectors: counter, key, output.
  struct KnownAnswer {
    std::array<std::uint64_t, 4> counter;
    std::array<std::uint64_t, 2> key;
    std::array<std::uint64_t, 4> output;
  };
  constexpr std::uint64_t ones = ~std::uint64_t{0};
  const auto [counter, key, output] = GENERATE_COPY(
      KnownAnswer{{0, 0, 0, 0},
                  {0, 0},
                  {0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}},
      KnownAnswer{{ones, ones, ones, ones},
                  {ones, ones},
                  {0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}},
      KnownAnswer{
          {0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
          {0x452821e638d01377, 0xbe5466cf34e90c6c},
          {0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}});
  const r123::Philox4x64::ctr_type result =
      r123::Philox4x64{}({{counter[0], counter[1], counter[2], counter[3]}}, {{key[0], key[1]}});
  for (std::size_t i = 0; i < 4; ++i) CHECK(result[i] == output[i]);
}

TEST_CASE("a stream is the Philox sequence with key (seed, purpose) and counter (index, block)") {
  // Words from an independent implementation, numpy:
  // Philox(key=[7, 2], counter=[2, 0, 0, 0]).random_raw(4), then counter=[2, 1, 0, 0]; numpy
  // increments the counter before its first block, hence 2 for index 3.
  constexpr std::array<std::uint64_t, 8> words = {
      0x32fbc5fe9611efa1, 0xd3c8437f5e1aadad, 0x9d039d99899d9865, 0x480b36e68823a538,
      0x932ea819e8393063, 0x736ad060961c9879, 0x0993ce804062c280, 0xe8c9f961e37e9977};
  SECTION("uniform: the top 53 bits, the last of them set, times 2^-53") {
    Stream stream(7, Purpose::inputs, 3);
    for (const std::uint64_t word : words) {
      CHECK(stream.uniform() == std::ldexp(static_cast<double>((word >> 11) | 1), -53));
    }
  }
  SECTION("normal: Box-Muller of the words") {
    // r sin(pi u), r cos(pi u), r = sqrt(-2 log v), evaluated in Python from the same words; the
    // tolerance leaves a few roundings of 1.1e-16 for each of sin, cos, log, sqrt and products.
    Stream stream(7, Purpose::inputs, 3);
    for (const double expected :
         {0.5846624979406485, 0.19340920725149047, -1.0405443850982625, -1.2054350075121005}) {
      CHECK(stream.normal() == Approx(expected).epsilon(1e-14));
    }
  }
  SECTION("sign: the top bit") {
    Stream stream(7, Purpose::inputs, 3);
    for (const std::uint64_t word : words) CHECK(stream.sign() == (word >> 63 == 0 ? 1.0 : -1.0));
  }
}

// A deviation exceeds five standard deviations by chance with probability 6e-7. The seeds are fixed, so a test that
// has passed passes always.
TEST_CASE("uniform numbers are uniform on the open unit interval") {
  const std::vector<double> sample = uniforms(1000, 200);
  const auto n = static_cast<double>(sample.size());
  CHECK(std::ranges::min(sample) > 0.0);
  CHECK(std::ranges::max(sample) < 1.0);
  // Variances of u and u^2: 1/12 and 4/45.
  CHECK(std::abs(raw_moment(sample, 1) - 0.5) < 5 * std::sqrt(1.0 / 12 / n));
  CHECK(std::abs(raw_moment(sample, 2) - 1.0 / 3) < 5 * std::sqrt(4.0 / 45 / n));
  // Kolmogorov: P(sqrt(n) D > 2.7) = 2 exp(-2 * 2.7^2) = 9e-7.
  CHECK(kolmogorov_distance(sample, [](double u) { return u; }) < 2.7 / std::sqrt(n));
}

TEST_CASE("normal numbers are standard normal") {
  const std::vector<double> sample = normals(1000, 201);
  const auto n = static_cast<double>(sample.size());
  // Var(z^p) = E z^2p - (E z^p)^2 with E z^2, z^4, z^6, z^8 = 1, 3, 15, 105.
  CHECK(std::abs(raw_moment(sample, 1)) < 5 * std::sqrt(1 / n));
  CHECK(std::abs(raw_moment(sample, 2) - 1) < 5 * std::sqrt(2 / n));
  CHECK(std::abs(raw_moment(sample, 3)) < 5 * std::sqrt(15 / n));
  CHECK(std::abs(raw_moment(sample, 4) - 3) < 5 * std::sqrt(96 / n));
  const auto cdf = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  CHECK(kolmogorov_distance(sample, cdf) < 2.7 / std::sqrt(n));
}

TEST_CASE("signs are +1 and -1 equally often") {
  Stream stream(3, Purpose::label_perturbation, 0);
  constexpr int n = 100000;
  double sum = 0;
  for (int k = 0; k < n; ++k) {
    const double sign = stream.sign();
    REQUIRE(std::abs(sign) == 1.0);
    sum += sign;
  }
  CHECK(std::abs(sum) < 5 * std::sqrt(n));
}

TEST_CASE("streams of different seed, purpose or index are unrelated") {
  static constexpr int length = 2000;
  const auto draw = [](std::int64_t seed, Purpose purpose, std::uint64_t index) {
    VectorD values(length);
    Stream stream(seed, purpose, index);
    fill_normal(stream, values);
    return values;
  };
  const VectorD reference = draw(5, Purpose::inputs, 5);
  const auto other = GENERATE_COPY(draw(6, Purpose::inputs, 5), draw(5, Purpose::label_noise, 5),
                                   draw(5, Purpose::inputs, 6), draw(2, Purpose::inputs, 5),
                                   draw(-5, Purpose::inputs, 5));
  // The products of independent normals have mean 0 and variance 1.
  CHECK(std::abs(reference.dot(other)) < 5 * std::sqrt(length));

  std::set<double> first_numbers;
  for (std::int64_t seed = 0; seed < 20; ++seed) {
    for (const Purpose purpose : {Purpose::index_directions, Purpose::inputs, Purpose::test_set}) {
      for (std::uint64_t index = 0; index < 20; ++index) {
        first_numbers.insert(Stream(seed, purpose, index).uniform());
      }
    }
  }
  CHECK(first_numbers.size() == 20 * 3 * 20);
}

TEST_CASE("a stream does not depend on what else is drawn, nor on how much is drawn later") {
  VectorD longer(101);
  Stream stream(9, Purpose::initialization, 4);
  fill_normal(stream, longer);

  Stream again(9, Purpose::initialization, 4);
  Stream disturbance(9, Purpose::initialization, 5);
  MatrixD columns = MatrixD::Zero(7, 3);
  fill_normal(again, columns.col(1));
  disturbance.uniform();
  CHECK(columns.col(1) == longer.head(7));
  CHECK(columns.col(0).isZero(0));
  CHECK(columns.col(2).isZero(0));

  Stream copy = again;
  disturbance.normal();
  CHECK(again.normal() == longer(7));
  CHECK(copy.normal() == longer(7));
}

TEST_CASE("branches of a stream are streams of their own, that begin at their start") {
  Stream stream(3, Purpose::flattest_starts, 5);
  const double first = stream.uniform();
  Stream one = stream.branch(1);
  stream.uniform();
  Stream same = stream.branch(1);
  Stream two = stream.branch(2);
  const double of_one = one.uniform();
  CHECK(of_one == same.uniform());
  CHECK(of_one != two.uniform());
  CHECK(of_one != first);
  CHECK(stream.branch(0).uniform() == first);
  const r123::Philox4x64::ctr_type words = r123::Philox4x64{}({{5, 0, 1, 0}}, {{3, 50}});
  CHECK(of_one == r123::u01fixedpt<double>(words[0]));
}
