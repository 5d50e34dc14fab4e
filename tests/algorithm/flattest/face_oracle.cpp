// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/face_oracle.hpp"

#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"
#include "flatgrid/algorithm/flattest/certificate.hpp"
#include "flatgrid/algorithm/flattest/search_oracle.hpp"
#include "flatgrid/base/threads.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

TEST_CASE("sums over subsets from tables equal the direct sums") {
  const MatrixD values = test::normal_inputs(1, 3, 21);
  const SubsetSums sums(values);
  std::uint64_t subset = 0x155A0F;
  VectorD expected = VectorD::Zero(3), sum(3);
  for (Index i = 0; i < 21; ++i)
    if (((subset >> i) & 1U) != 0) expected += values.col(i);
  sums.over(&subset, sum.data());
  CHECK((sum - expected).norm() < 1e-14);
}

TEST_CASE("kappa over faces is the largest ratio over dense directions, and is attained") {
  const double slope = GENERATE(0.0, 0.1, -1.0);
  const Index d = GENERATE(1, 2, 3, 4);
  const Index n = d == 4 ? 9 : 14;
  CAPTURE(slope, d);
  const MatrixD inputs = test::normal_inputs(20 + d, d, n);
  const double zero = slope == -1 ? 0 : slope * slope;
  const Samples samples = make_samples(inputs, slope, zero, 2.0 / static_cast<double>(n));
  const FaceOracle oracle(samples, enumerate_faces(exact_samples(inputs)));
  for (std::int64_t seed = 0; seed < 3; ++seed) {
    const VectorD l = test::normal_inputs(seed, n, 1);
    const Peaks peaks = oracle.peaks(l, 0, 1000000);
    // The maximum is attained by a direction whose border samples count as on the border.
    REQUIRE(!peaks.found.empty());
    CHECK(test::ratio(inputs, l, peaks.found[0].direction, slope, zero) ==
          Approx(peaks.greatest).epsilon(1e-9));
    // No random direction has a larger ratio.
    random::Stream stream(seed, random::Purpose::test_set, 9);
    double dense = 0;
    VectorD w(d);
    for (int k = 0; k < 20000; ++k) {
      random::fill_normal(stream, w);
      dense = std::max(dense, test::ratio(inputs, l, w, slope, zero));
    }
    CHECK(dense <= peaks.greatest * (1 + 1e-12));
    // The certificate computes the same kappa with exact integers.
    const double bound = certified_lower_bound(inputs, l, slope, slope == -1 ? 0 : slope, l);
    CHECK(bound <= l.squaredNorm() / peaks.greatest * (1 + 1e-12));
    CHECK(bound == Approx(l.squaredNorm() / peaks.greatest).epsilon(1e-9));
  }
}

TEST_CASE("local ascent finds the maximum over all faces") {
  const MatrixD inputs = test::normal_inputs(3, 3, 40);
  const Samples samples = make_samples(inputs, 0, 0, 2.0 / 40);
  const FaceOracle faces(samples, enumerate_faces(exact_samples(inputs)));
  SearchOracle search(samples);
  for (std::int64_t seed = 0; seed < 5; ++seed) {
    const VectorD l = test::normal_inputs(seed, 40, 1);
    const double exact = faces.peaks(l, 0, 1).greatest;
    const Peaks found = search.peaks(l, MatrixD(3, 0), 30,
                                     random::Stream(seed, random::Purpose::flattest_starts, 0));
    CHECK(found.greatest == Approx(exact).epsilon(1e-9));
    for (const Peak& peak : found.found) {
      CHECK(peak.value <= exact * (1 + 1e-9));
      CHECK(test::ratio(inputs, l, peak.direction, 0, 0) == Approx(peak.value).epsilon(1e-6));
    }
  }
}

TEST_CASE("the peaks that climbs find do not depend on the number of threads") {
  const MatrixD inputs = test::normal_inputs(4, 6, 60);
  const Samples samples = make_samples(inputs, 0, 0, 2.0 / 60);
  const VectorD l = test::normal_inputs(1, 60, 1);
  const MatrixD starts = test::normal_inputs(2, 6, 40);
  const auto peaks_on = [&](Index count) {
    set_threads(count);
    SearchOracle search(samples);
    const Peaks found =
        search.peaks(l, starts, 30, random::Stream(7, random::Purpose::flattest_starts, 0));
    set_threads(1);
    return found;
  };
  const Peaks alone = peaks_on(1);
  REQUIRE(alone.found.size() > 5);
  for (const Index count : {2, 3, 5}) {
    const Peaks shared = peaks_on(count);
    REQUIRE(shared.found.size() == alone.found.size());
    for (std::size_t k = 0; k < alone.found.size(); ++k) {
      CHECK(shared.found[k].value == alone.found[k].value);
      CHECK(shared.found[k].direction == alone.found[k].direction);
      CHECK(shared.found[k].side == alone.found[k].side);
    }
  }
}
