// SPDX-License-Identifier: MIT
/// What flatgrid does not have, though users look for it.
#pragma once

#include <string_view>

namespace flatgrid::configuration {

/// What there is to say of a word that names something flatgrid does not have, such as `adam` or
/// `bias`: a clause without its full stop. Empty for any other word. Case does not count, nor a section
/// before the word ("network.bias"), nor whether '-' or '_' joins its parts.
std::string_view explain_absent(std::string_view word);

}  // namespace flatgrid::configuration
