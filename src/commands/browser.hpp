// SPDX-License-Identifier: MIT
/// Opening a page in the user's browser.
#pragma once

#include <filesystem>
#include <string>

namespace flatgrid::commands {

/// Opens a page in the browser of the environment variable BROWSER, or, on a graphical display, with xdg-open.
/// Returns the reason if no browser could be started, else an empty string.
std::string open_in_browser(const std::filesystem::path& page);

}  // namespace flatgrid::commands
