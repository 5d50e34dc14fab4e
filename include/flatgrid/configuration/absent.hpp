// SPDX-License-Identifier: MIT
/// Features that users look for and flatgrid does not have.
#pragma once

#include <string_view>

namespace flatgrid::configuration {

/// The explanation for a word that names a missing feature, such as `adagrad` or `bias`: a clause without full
/// stop. Empty for any other word. Ignores case, a section before the word ("network.bias"), and the
/// difference between '-' and '_'.
std::string_view explain_absent(std::string_view word);

}  // namespace flatgrid::configuration
