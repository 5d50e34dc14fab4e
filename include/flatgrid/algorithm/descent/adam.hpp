// SPDX-License-Identifier: MIT
/// A step of Adam (Kingma, Ba 2015, Algorithm 1), with the gradient g_t, for every parameter theta:
///   m_t = beta_1 m_{t-1} + (1 - beta_1) g_t,   v_t = beta_2 v_{t-1} + (1 - beta_2) g_t^2,
///   theta_t = theta_{t-1} - eta m_t / (1 - beta_1^t) / (sqrt(v_t / (1 - beta_2^t)) + epsilon),
/// m_0 = v_0 = 0, t = 1, 2, ... With weight decay lambda the gradient is g_t = grad L + lambda theta_{t-1}: the
/// step of `torch.optim.Adam(weight_decay=lambda)`, not that of AdamW.
#pragma once

#include <cstdint>

#include "flatgrid/network/network.hpp"

namespace flatgrid::descent {

/// The defaults of torch.optim.Adam.
inline constexpr double k_adam_rate = 1e-3;
inline constexpr double k_adam_beta_1 = 0.9;
inline constexpr double k_adam_beta_2 = 0.999;
inline constexpr double k_adam_epsilon = 1e-8;

/// The first and second moments of the gradients, m and v.
struct AdamMoments {
  network::Network<double> first;
  network::Network<double> second;
};

template <class Archive>
void serialize(Archive& archive, AdamMoments& moments) {
  auto& [first, second] = moments;
  archive(first, second);
}

/// Step t >= 1 with step size eta: moves the moments and the network. Everything has the shape of the network.
/// No allocation.
void adam_step(std::int64_t t, double eta, const network::Network<double>& gradient,
               AdamMoments& moments, network::Network<double>& network);

}  // namespace flatgrid::descent
