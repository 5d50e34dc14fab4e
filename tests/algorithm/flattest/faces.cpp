// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/faces.hpp"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

namespace {

using Signs = std::vector<int>;

std::set<Signs> as_set(const FaceSigns& faces) {
  std::set<Signs> found;
  for (Index f = 0; f < faces.count(); ++f) {
    Signs signs;
    for (Index i = 0; i < faces.samples; ++i)
      signs.push_back(faces.is_zero(f, i) ? 0 : faces.is_plus(f, i) ? 1 : -1);
    found.insert(signs);
  }
  return found;
}

}  // namespace

TEST_CASE("samples in general position have the number of faces of Cover's formula, each once") {
  for (const auto& [n, d] : {std::pair<Index, Index>{1, 1},
                             {5, 2},
                             {70, 2},
                             {3, 3},
                             {4, 3},
                             {12, 3},
                             {30, 3},
                             {4, 4},
                             {9, 4},
                             {5, 5},
                             {7, 5}}) {
    CAPTURE(n, d);
    const FaceSigns faces = enumerate_faces(exact_samples(test::normal_inputs(n, d, n)));
    CHECK(static_cast<double>(faces.count()) == face_count(n, d));
    CHECK(static_cast<Index>(as_set(faces).size()) == faces.count());
  }
  CHECK(face_count(100, 2) == 400);
  CHECK(face_count(50, 3) == 4.0 * 50 * 49 + 2);
}

TEST_CASE("the faces are those that contain random directions and their projections") {
  // Inputs with coordinates -1, 0 and 1 are far from general position. Directions orthogonal to random subsets of
  // the samples reach faces of every dimension.
  const Index d = GENERATE(2, 3, 4);
  MatrixD inputs(d, 0);
  for (int code = 1; code < std::pow(3, d); ++code) {
    VectorD x(d);
    for (Index k = 0, rest = code; k < d; ++k, rest /= 3) x(k) = static_cast<double>(rest % 3) - 1;
    if (x.isZero()) continue;
    Index first = 0;
    while (x(first) == 0) ++first;
    if (x(first) < 0 || inputs.cols() == 9) continue;
    inputs.conservativeResize(d, inputs.cols() + 1);
    inputs.rightCols(1) = x;
  }
  const std::set<Signs> faces = as_set(enumerate_faces(exact_samples(inputs)));
  random::Stream stream(7, random::Purpose::test_set, 3);
  std::set<Signs> reached;
  for (int trial = 0; trial < 10000; ++trial) {
    VectorD w(d);
    random::fill_normal(stream, w);
    for (Index k = 0; k < trial % d; ++k) {
      const Index i = static_cast<Index>(stream.uniform() * static_cast<double>(inputs.cols()));
      w -= inputs.col(i) * (inputs.col(i).dot(w) / inputs.col(i).squaredNorm());
    }
    if (w.norm() < 1e-6) continue;
    Signs signs;
    const VectorD z = inputs.transpose() * w / w.norm();
    bool clear = true;
    for (Index i = 0; i < z.size(); ++i) {
      const double size = std::abs(z(i)) / inputs.col(i).norm();
      clear = clear && (size < 1e-12 || size > 1e-7);
      signs.push_back(size < 1e-12 ? 0 : z(i) > 0 ? 1 : -1);
    }
    if (!clear) continue;
    reached.insert(signs);
    if (faces.count(signs) == 0) FAIL("a face that was not enumerated");
  }
  CHECK(reached.size() > faces.size() / 3);
}

TEST_CASE("hundreds of samples of lower rank are reduced to as many coordinates as the rank") {
  const Index n = 300;
  MatrixD inputs = test::normal_inputs(4, 5, n);
  inputs.row(3) = 0.25 * inputs.row(1);
  inputs.row(4) = -8 * inputs.row(0);
  const ExactSamples samples = exact_samples(inputs);
  CHECK(samples.rank == 3);
  CHECK(static_cast<Index>(samples.lines.size()) == n);
  inputs.rightCols(n - 20) = 0.5 * inputs.leftCols(20).replicate(1, n / 20 - 1);
  CHECK(exact_samples(inputs).lines.size() == 20);
}

TEST_CASE("samples at the corners of a cube have a cell for each threshold function") {
  // The signs of w . (1, x) for x in {-1, 1}^{d-1} give 14, 104, 1882 functions of 2, 3, 4 variables (OEIS A000609).
  const auto [d, cells] = GENERATE(std::pair<Index, int>{3, 14}, std::pair<Index, int>{4, 104},
                                   std::pair<Index, int>{5, 1882});
  MatrixD inputs = MatrixD::Ones(d, Index{1} << (d - 1));
  for (Index i = 0; i < inputs.cols(); ++i)
    for (Index k = 1; k < d; ++k)
      if ((i >> (k - 1)) % 2 == 1) inputs(k, i) = -1;
  const std::set<Signs> faces = as_set(enumerate_faces(exact_samples(inputs)));
  CHECK(std::ranges::count_if(faces, [](const Signs& signs) {
          return std::ranges::find(signs, 0) == signs.end();
        }) == cells);
}
