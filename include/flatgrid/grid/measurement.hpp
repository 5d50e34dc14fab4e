// SPDX-License-Identifier: MIT
/// The figures of a network that follow from the network and the data of its grid point alone: what
/// the pipeline records and `flatgrid verify` computes once more from what is stored.
#pragma once

#include <functional>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/record.hpp"

namespace flatgrid::grid {

/// Sets these figures in `record` and leaves the others (steps, time, status) as they are. Works on
/// any network, also in the middle of training.
void measure_network(const algorithm::Task& task, const algorithm::Truth& truth,
                     const network::Network<double>& network, Record& record);

/// The train loss alone. 2 n d m flops.
double train_loss(const algorithm::Task& task, const network::Network<double>& network);

/// Sets the figures that cost extra and that `settings` ask for: spectra, sharpness, trace
/// estimates. For the final network only. False, with figures missing, if `go_on`, asked before
/// each of them, said so.
bool measure_extras(const configuration::FlatnessSettings& settings, const algorithm::Task& task,
                    const algorithm::Truth& truth, const network::Network<double>& network,
                    const std::function<bool()>& go_on, Record& record);

/// The mean squared residual relative to mean(y^2), of the train loss L: 2 L n / ||y||^2.
double relative_residual(const algorithm::Task& task, double train_loss);

}  // namespace flatgrid::grid
