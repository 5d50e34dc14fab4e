// SPDX-License-Identifier: MIT
/// Text that is safe to print on a terminal.
#pragma once

#include <string>

namespace flatgrid {

/// The text with every control character replaced by '?'. For text from a file, which may be damaged.
std::string printable(std::string text);

}  // namespace flatgrid
