// SPDX-License-Identifier: MIT
/// The browser of the person at the terminal.
#pragma once

#include <filesystem>
#include <string>

namespace flatgrid::commands {

/// Shows a page in the browser that the environment variable BROWSER names, or, on a graphical display, in
/// the one that xdg-open knows. Returns why there is none, empty if it was started.
std::string open_in_browser(const std::filesystem::path& page);

}  // namespace flatgrid::commands
