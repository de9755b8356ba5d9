// Files that will be written: looked at before anything else happens.
#pragma once

#include <string>

namespace picoctl::cli {

// file_unwritable (thrown) if that path cannot be opened for writing. What stands in it stays; a
// file that did not exist is there afterwards, empty. Nothing happens for an empty path.
void check_writable(const std::string& path);

// Replaces the file's contents; file_unwritable if that fails, a full disk included.
void write_file(const std::string& path, const std::string& contents);

}  // namespace picoctl::cli
