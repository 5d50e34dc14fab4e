// SPDX-License-Identifier: MIT
/// Texts that a terminal may be given.
#pragma once

#include <string>

namespace flatgrid {

/// A text from a file, which may be damaged: what would move a terminal's cursor becomes '?'.
std::string printable(std::string text);

}  // namespace flatgrid
