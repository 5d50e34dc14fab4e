// SPDX-License-Identifier: MIT
/// The figures that depend only on the network and the data of its grid point. The pipeline records them;
/// `flatgrid verify` recomputes them from the stored network.
#pragma once

#include <functional>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/record.hpp"

namespace flatgrid::grid {

/// Sets these figures in `record` and does not change the others (steps, time, status). `network` may be
/// any network, also one during training.
void measure_network(const algorithm::Task& task, const algorithm::Truth& truth,
                     const network::Network<double>& network, Record& record);

/// The train loss alone. 2 n d m flops.
double train_loss(const algorithm::Task& task, const network::Network<double>& network);

/// Sets the optional figures that `settings` request: spectra, sharpness, trace estimates. Only for the
/// final network. Calls `go_on` before each figure; if it returns false, stops and returns false, with
/// figures missing.
bool measure_extras(const configuration::FlatnessSettings& settings, const algorithm::Task& task,
                    const algorithm::Truth& truth, const network::Network<double>& network,
                    const std::function<bool()>& go_on, Record& record);

/// The mean squared residual relative to mean(y^2), computed from the train loss L: 2 L n / ||y||^2.
double relative_residual(const algorithm::Task& task, double train_loss);

}  // namespace flatgrid::grid
