// SPDX-License-Identifier: MIT
/// Files that are there whole or not at all.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace flatgrid {

/// What happens to a file that bears the name already.
enum class Existing { refuse, replace };

/// What the name of a file that is being written aside has after that of the file it will be.
inline constexpr std::string_view k_aside_mark = ".creating-";

/// Throws Error naming the file unless the folder it is to be in exists.
void require_folder_of(const std::filesystem::path& file);

/// Has `write` write a file under another name beside `file`, waits until it is on the disk and
/// then gives it its name, so that a kill at any moment leaves no half file under it. Throws Error
/// naming `file` and the reason, and whatever `write` throws; nothing is left behind then. What
/// earlier kills have left aside is removed.
void write_aside(const std::filesystem::path& file, Existing existing,
                 const std::function<void(const std::filesystem::path& aside)>& write);

/// The same for a file that is written again and again, with `bytes`; an error calls it `kind`. It
/// looks at no other file in the folder, in which there may be many: what kills leave aside is the
/// caller's to remove.
void replace_file(const std::filesystem::path& file, std::string_view kind, std::string_view bytes);

}  // namespace flatgrid
