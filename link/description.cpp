#include "picoctl/link/description.hpp"

#include <cstring>

namespace picoctl {

void DescriptionSlice::add(std::string_view piece) {
  if (skip_ >= piece.size()) {
    skip_ -= piece.size();
    return;
  }
  piece.remove_prefix(skip_);
  skip_ = 0;
  const std::size_t room = out_.size() - size_;
  const std::size_t count = piece.size() < room ? piece.size() : room;
  if (count > 0) std::memcpy(out_.data() + size_, piece.data(), count);
  size_ += count;
}

}  // namespace picoctl
