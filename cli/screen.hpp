// A block of lines at the end of a terminal's output that is drawn again in place; what is printed
// appears above it. Without a terminal only what is printed appears.
#pragma once

#include <string>
#include <vector>

namespace picoctl::cli {

class Screen {
 public:
  explicit Screen(bool terminal) : terminal_(terminal) {}

  void print(const std::vector<std::string>& lines);  // above the block
  void draw(const std::vector<std::string>& block);   // instead of the block that was there
  void keep() { block_.clear(); }                     // the block stays; what follows is below it

 private:
  void erase();

  bool terminal_;
  std::vector<std::string> block_;
};

}  // namespace picoctl::cli
