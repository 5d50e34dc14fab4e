// SPDX-License-Identifier: MIT
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/base/aside.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/base/file_identity.hpp"
#include "scratch.hpp"

using namespace flatgrid;
using test::Folder;
namespace fs = std::filesystem;

TEST_CASE("a file is replaced as a whole, and no temporary file remains") {
  const Folder folder;
  const std::string bytes("one\0two", 7);
  replace_file(folder / "file", "note", bytes);
  CHECK(test::contents(folder / "file") == bytes);
  std::ofstream(folder / "file.creating-0123") << "left by a kill";
  replace_file(folder / "file", "note", "");
  CHECK(test::contents(folder / "file").empty());
  // Removing the remains of a killed process is left to the caller.
  CHECK(fs::exists(folder / "file.creating-0123"));
  CHECK(folder.contents().size() == 2);
}

TEST_CASE("a file that cannot be replaced is unchanged, and the error gives the reason") {
  const Folder folder;
  fs::create_directories(folder / "busy/within");
  CHECK_THROWS_WITH(replace_file(folder / "busy", "note", "text"),
                    Catch::StartsWith((folder / "busy: cannot write this note: ").string()));
  CHECK(fs::is_directory(folder / "busy/within"));
  CHECK_THROWS_WITH(replace_file(folder / "missing/file", "note", "text"),
                    Catch::EndsWith("cannot write this note: No such file or directory"));
  CHECK_THROWS_AS(replace_file("/proc/file", "note", "text"), Error);
  CHECK(folder.contents().size() == 1);
}

TEST_CASE("a file identity tells whether a path still names the same file") {
  const Folder folder;
  const fs::path file = folder / "file";
  std::ofstream(file) << "first";
  const FileIdentity identity(file);
  CHECK(identity.is_still_named(file));
  std::ofstream(file) << "written to";
  CHECK(identity.is_still_named(file));
  fs::create_symlink(file, folder / "link");
  CHECK(FileIdentity(folder / "link").is_still_named(file));
  fs::rename(file, folder / "elsewhere");
  CHECK_FALSE(identity.is_still_named(file));
  std::ofstream(file) << "another";
  CHECK_FALSE(identity.is_still_named(file));
  fs::rename(folder / "elsewhere", file);
  CHECK(identity.is_still_named(file));
  fs::remove_all(folder.path);
  CHECK_FALSE(identity.is_still_named(file));
  CHECK_FALSE(FileIdentity().is_still_named("/dev/null"));
}
