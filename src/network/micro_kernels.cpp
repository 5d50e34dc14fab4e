// SPDX-License-Identifier: MIT
/// Compiled once for each instruction set. So nothing here may be an inline function of another
/// header: the linker keeps one copy of these, and it could be one that the processor has not.
#include "micro_kernels.hpp"

#include <type_traits>

#ifndef FLATGRID_INSTRUCTIONS
#define FLATGRID_INSTRUCTIONS baseline
#endif

namespace flatgrid::network {

namespace {

/// Columns of a tile: its sums, the packets of a column of the panel and a broadcast number fill the
/// registers, 32 of AVX-512 and 16 elsewhere.
#if defined(__AVX512F__)
constexpr int k_packet_bytes = 64;
constexpr int k_columns = 8;
#elif defined(__AVX__)
constexpr int k_packet_bytes = 32;
constexpr int k_columns = 4;
#else
constexpr int k_packet_bytes = 16;
constexpr int k_columns = 4;
#endif
constexpr int k_packets = 3;  // of a column of a panel

template <class Scalar>
struct PacketOf {
  using type [[gnu::vector_size(k_packet_bytes)]] = Scalar;
  /// The same in memory, aligned like a number.
  using Unaligned
      [[gnu::vector_size(k_packet_bytes), gnu::aligned(alignof(Scalar)), gnu::may_alias]] = Scalar;
};
template <class Scalar>
using Packet = typename PacketOf<Scalar>::type;

template <class Scalar>
constexpr int k_lanes = k_packet_bytes / int(sizeof(Scalar));
template <class Scalar>
constexpr int k_rows = k_packets* k_lanes<Scalar>;

template <class Scalar>
Packet<Scalar> load(const Scalar* from) {
  return *reinterpret_cast<const typename PacketOf<Scalar>::Unaligned*>(from);
}

template <class Scalar>
void store(Packet<Scalar> packet, Scalar* to) {
  *reinterpret_cast<typename PacketOf<Scalar>::Unaligned*>(to) = packet;
}

/// x - 0 is x also for x = -0: a broadcast and nothing else.
template <class Scalar>
Packet<Scalar> broadcast(Scalar x) {
  return x - Packet<Scalar>{};
}

/// `packet`, which the compiler may not load anew for every use: it stays in a register.
template <class Scalar>
Packet<Scalar> kept(Packet<Scalar> packet) {
#if defined(__x86_64__)
  asm("" : "+v"(packet));
#elif defined(__aarch64__)
  asm("" : "+w"(packet));
#endif
  return packet;
}

/// Calls `visit` with `size` in 1, ..., largest as a constant of the compiler's.
template <int largest, class Visit>
void with_constant(Index size, const Visit& visit) {
  if constexpr (largest > 1) {
    if (size < largest) return with_constant<largest - 1>(size, visit);
  }
  visit(std::integral_constant<int, largest>{});
}

/// The sums of a tile [rows, columns].
template <class Scalar, int columns>
using Tile = Packet<Scalar>[columns][k_packets];

/// C = A B for A [rows, depth] and B [depth, columns], whose entry (k, c) is `b[k step + c stride]`.
template <class Scalar, int columns>
[[gnu::always_inline]] inline void product(Index depth, const Scalar* a, const Scalar* b,
                                           Index step, Index stride, Tile<Scalar, columns>& c) {
  for (auto& column : c) {
    for (auto& packet : column) packet = Packet<Scalar>{};
  }
  do {
    Packet<Scalar> rows[k_packets];
#pragma GCC unroll 8
    for (int r = 0; r < k_packets; ++r) rows[r] = kept<Scalar>(load(a + r * k_lanes<Scalar>));
#pragma GCC unroll 8
    for (int column = 0; column < columns; ++column) {
#pragma GCC unroll 8
      for (int r = 0; r < k_packets; ++r) c[column][r] += rows[r] * b[column * stride];
    }
    a += k_rows<Scalar>;
    b += step;
  } while (--depth > 0);
}

/// `inputs`, `outputs`, `derivative`: those of the first of the samples. Not inlined, for a tile needs
/// all registers.
template <int degree, int columns, class Scalar>
[[gnu::noinline]] void forward_tile(const Slopes<Scalar>& slopes, Index dimension,
                                    const Scalar* panel, const Scalar* outer, const Scalar* inputs,
                                    Scalar* outputs, Scalar* derivative) {
  // Z = W X
  Tile<Scalar, columns> z;
  product<Scalar, columns>(dimension, panel, inputs, 1, dimension, z);
  const Packet<Scalar> right = broadcast(slopes.right);
  const Packet<Scalar> left = broadcast(slopes.left);
  const Packet<Scalar> at_zero = broadcast(slopes.at_zero);
#pragma GCC unroll 8
  for (int i = 0; i < columns; ++i) {
    Packet<Scalar> f = load(outputs);
#pragma GCC unroll 8
    for (int r = 0; r < k_packets; ++r) {
      // sigma'(z) = slope z^(k - 1);  k f += a z sigma'(z)
      Packet<Scalar> slope = z[i][r] > 0 ? right : left;
      slope = z[i][r] == 0 ? at_zero : slope;
      for (int power = 1; power < degree; ++power) slope *= z[i][r];
      f += load(outer + r * k_lanes<Scalar>) * z[i][r] * slope;
      store(slope, derivative);
      derivative += k_lanes<Scalar>;
    }
    store(f, outputs);
    outputs += k_lanes<Scalar>;
  }
}

template <class Scalar>
void forward(const Slopes<Scalar>& slopes, Index dimension, Index samples, const Scalar* panel,
             const Scalar* outer, const Scalar* inputs, Scalar* outputs, Scalar* derivative) {
  with_constant<3>(slopes.degree, [&](auto degree) {
    for_each_part(samples, k_columns, [&](Index first, Index size) {
      with_constant<k_columns>(size, [&](auto columns) {
        forward_tile<degree, columns>(slopes, dimension, panel, outer, inputs + first * dimension,
                                      outputs + first * k_lanes<Scalar>,
                                      derivative + first * k_rows<Scalar>);
      });
    });
  });
}

template <class Scalar>
void weigh(Index dimension, Index samples, const Scalar* inputs, const Scalar* weights,
           Scalar* weighted) {
  for_each_part(dimension, k_columns, [&](Index first, Index size) {
    with_constant<k_columns>(size, [&](auto columns) {
      const Scalar* x = inputs + first;
      for (Index i = 0; i < samples; ++i) {
        for (int k = 0; k < columns; ++k) *weighted++ = weights[i] * x[k];
        x += dimension;
      }
    });
  });
}

template <int columns, class Scalar>
[[gnu::noinline]] void backward_tile(Index samples, const Scalar* derivative,
                                     const Scalar* weighted, bool add, Scalar* gradient_panel) {
  Tile<Scalar, columns> sums;
  product<Scalar, columns>(samples, derivative, weighted, columns, 1, sums);
#pragma GCC unroll 8
  for (int k = 0; k < columns; ++k) {
#pragma GCC unroll 8
    for (int r = 0; r < k_packets; ++r) {
      store(add ? load(gradient_panel) + sums[k][r] : sums[k][r], gradient_panel);
      gradient_panel += k_lanes<Scalar>;
    }
  }
}

template <class Scalar>
void backward(Index dimension, Index samples, const Scalar* derivative, const Scalar* weighted,
              bool add, Scalar* gradient_panel) {
  for_each_part(dimension, k_columns, [&](Index first, Index size) {
    with_constant<k_columns>(size, [&](auto columns) {
      backward_tile<columns>(samples, derivative, weighted + first * samples, add,
                             gradient_panel + first * k_rows<Scalar>);
    });
  });
}

template <class Scalar>
void pack(Index width, Index dimension, Index size, const Scalar* inner, Scalar* panel) {
  for (Index k = 0; k < dimension; ++k) {
    if (size == k_rows<Scalar>) {
      for (int r = 0; r < k_rows<Scalar>; r += k_lanes<Scalar>) store(load(inner + r), panel + r);
    } else {
      for (int r = 0; r < k_rows<Scalar>; ++r) panel[r] = r < size ? inner[r] : Scalar(0);
    }
    inner += width;
    panel += k_rows<Scalar>;
  }
}

template <class Scalar>
void unpack(int degree, Index width, Index dimension, Index size, const Scalar* panel,
            const Scalar* gradient_panel, const Scalar* outer, Scalar* inner_gradient,
            Scalar* outer_gradient) {
  Packet<Scalar> sums[k_packets] = {};
  Scalar incomplete[k_rows<Scalar>];
  for (Index k = 0; k < dimension; ++k) {
    Scalar* to = size == k_rows<Scalar> ? inner_gradient : incomplete;
#pragma GCC unroll 8
    for (int r = 0; r < k_packets; ++r) {
      const Packet<Scalar> h = load(gradient_panel + r * k_lanes<Scalar>);
      sums[r] += load(panel + r * k_lanes<Scalar>) * h;
      store(load(outer + r * k_lanes<Scalar>) * h, to + r * k_lanes<Scalar>);
    }
    if (to == incomplete) {
      for (Index r = 0; r < size; ++r) inner_gradient[r] = incomplete[r];
    }
    panel += k_rows<Scalar>;
    gradient_panel += k_rows<Scalar>;
    inner_gradient += width;
  }
  for (Index r = 0; r < size; ++r) {
    outer_gradient[r] = sums[r / k_lanes<Scalar>][r % k_lanes<Scalar>] / Scalar(degree);
  }
}

}  // namespace

namespace FLATGRID_INSTRUCTIONS {

template <class Scalar>
MicroKernels<Scalar> micro_kernels() {
  return {.rows = k_rows<Scalar>,
          .lanes = k_lanes<Scalar>,
          .pack = pack<Scalar>,
          .forward = forward<Scalar>,
          .weigh = weigh<Scalar>,
          .backward = backward<Scalar>,
          .unpack = unpack<Scalar>};
}

template MicroKernels<double> micro_kernels();
template MicroKernels<float> micro_kernels();

}  // namespace FLATGRID_INSTRUCTIONS

}  // namespace flatgrid::network
