// SPDX-License-Identifier: MIT
/// What the training step does to a panel of neurons, for the widest vectors of the processor.
///
/// A panel is `rows` neurons, a few packets. Tiles of a panel and up to `columns` samples, or
/// dimensions, keep their sums in registers:
///   forward   Z = W X, k f += a . (Z o sigma'(Z)) = k a . sigma(Z), and sigma'(Z) to memory
///   backward  H += sigma'(Z) (X diag(u))^T, and at the end dL/dW = diag(a) H
/// for the derivatives u of the objective L in the outputs f. As sigma is homogeneous of degree k,
/// k sigma(z) = z sigma'(z) (Euler), and dL/da = sigma(Z) u = (1/k) (W o H) 1 comes without a pass
/// over the samples. A neuron and a sample take 2 d + 2 multiply-adds, a comparison with 0 or two,
/// and one number written to memory and read back.
///
/// Matrices are column-major, as everywhere: inner [m, d], inputs [d, n]. A packed panel of W or H
/// is [rows, d], one of sigma'(Z) [rows, n].
#pragma once

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::network {

/// sigma'(z) = slope z^(k - 1), where the slope is `right` for z > 0 and `left` for z < 0.
template <class Scalar>
struct Slopes {
  int degree;  ///< k, 1 to 3
  Scalar right, left, at_zero;
};

template <class Scalar>
struct MicroKernels {
  Index rows;   ///< of a panel
  Index lanes;  ///< partial sums of an output
  /// The first `size` rows of `inner`, of a network of `width` neurons, into `panel`, with zeros
  /// behind them.
  void (*pack)(Index width, Index dimension, Index size, const Scalar* inner, Scalar* panel);
  /// Adds what the panel contributes to k f to the partial sums [lanes, n]. `outer` [rows]: a.
  void (*forward)(const Slopes<Scalar>& slopes, Index dimension, Index samples, const Scalar* panel,
                  const Scalar* outer, const Scalar* inputs, Scalar* outputs, Scalar* derivative);
  /// X diag(u) in the order in which `backward` reads it.
  void (*weigh)(Index dimension, Index samples, const Scalar* inputs, const Scalar* weights,
                Scalar* weighted);
  /// H = sigma'(Z) (X diag(u))^T; or adds it to H.
  void (*backward)(Index dimension, Index samples, const Scalar* derivative, const Scalar* weighted,
                   bool add, Scalar* gradient_panel);
  /// dL/dW = diag(a) H and dL/da = (1/k) (W o H) 1 for the first `size` neurons of the panel.
  void (*unpack)(int degree, Index width, Index dimension, Index size, const Scalar* panel,
                 const Scalar* gradient_panel, const Scalar* outer, Scalar* inner_gradient,
                 Scalar* outer_gradient);
};

/// Those for the processor that the program runs on.
template <class Scalar>
const MicroKernels<Scalar>& micro_kernels();

/// Calls `visit(first, size)` for parts of 0, ..., count - 1 that are as equal as can be, as few as
/// hold `largest` each.
template <class Visit>
void for_each_part(Index count, Index largest, const Visit& visit) {
  const Index parts = (count + largest - 1) / largest;
  const Index size = parts > 0 ? count / parts : 0;
  const Index larger = count - parts * size;  // parts that take one more
  Index first = 0;
  for (Index part = 0; part < parts; ++part) {
    const Index here = part < larger ? size + 1 : size;
    visit(first, here);
    first += here;
  }
}

/// micro_kernels.cpp, compiled for the processor that the whole program is compiled for, and for
/// newer ones.
namespace baseline {
template <class Scalar>
MicroKernels<Scalar> micro_kernels();
}
namespace x86_64_v3 {
template <class Scalar>
MicroKernels<Scalar> micro_kernels();
}
namespace x86_64_v4 {
template <class Scalar>
MicroKernels<Scalar> micro_kernels();
}

}  // namespace flatgrid::network
