// SPDX-License-Identifier: MIT
/// Writing a file so that it exists completely or not at all.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace flatgrid {

/// What happens to an existing file of the same name.
enum class Existing { refuse, replace };

/// A file that is being written is called FILE.creating-SUFFIX until it is complete.
inline constexpr std::string_view k_aside_mark = ".creating-";

/// Throws Error naming the file if its folder does not exist.
void require_folder_of(const std::filesystem::path& file);

/// Calls `write` to write a file under another name beside `file`, waits until the file is on the disk
/// and renames it to `file`. So a kill at any moment leaves no incomplete file of this name. Throws Error
/// naming `file` and the reason, and whatever `write` throws, after removing the unfinished file. Also
/// removes the unfinished files of processes that were killed earlier.
void write_aside(const std::filesystem::path& file, Existing existing,
                 const std::function<void(const std::filesystem::path& aside)>& write);

/// The same for a file with the content `bytes` that is written many times; error messages call it
/// `kind`. Does not list the folder, which may be large: the caller removes the unfinished files of
/// killed processes.
void replace_file(const std::filesystem::path& file, std::string_view kind, std::string_view bytes);

}  // namespace flatgrid
