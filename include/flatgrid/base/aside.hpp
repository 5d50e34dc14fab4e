// SPDX-License-Identifier: MIT
/// Files that are there whole or not at all.
#pragma once

#include <filesystem>
#include <functional>

namespace flatgrid {

/// What happens to a file that bears the name already.
enum class Existing { refuse, replace };

/// Throws Error naming the file unless the folder it is to be in exists.
void require_folder_of(const std::filesystem::path& file);

/// Has `write` write a file under another name beside `file`, waits until it is on the disk and
/// then gives it its name, so that a kill at any moment leaves no half file under it. Throws Error
/// naming `file` and the reason, and whatever `write` throws; nothing is left behind then.
void write_aside(const std::filesystem::path& file, Existing existing,
                 const std::function<void(const std::filesystem::path& aside)>& write);

}  // namespace flatgrid
