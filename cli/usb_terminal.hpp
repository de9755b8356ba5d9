// The USB serial port of an emulated Pico: a pseudo-terminal, found by a link in the file system.
#pragma once

#include <string>

namespace picoctl::cli {

// A new pseudo-terminal, to whose end for programs `link` leads; an older link there is replaced. Returns the
// file descriptor of our end, which does not block and is inherited by programs that are started. While
// nobody has the other end open a read of it fails with EIO.
// Error::file_unwritable (thrown) if the link cannot be made, or something else has its name.
int open_usb_terminal(const std::string& link);

}  // namespace picoctl::cli
