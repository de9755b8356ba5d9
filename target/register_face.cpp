#include "picoctl/target/register_face.hpp"

#include <algorithm>

#include "picoctl/target/hot.hpp"

namespace picoctl::target {

RegisterFace::RegisterFace(RegisterBank& bank, std::span<std::uint8_t> room) : bank_(bank) {
  const std::size_t half = room.size() / 2;
  frames_[0].room = room.first(half);
  frames_[1].room = room.subspan(half, half);
}

void RegisterFace::introduce(const Identity& identity, std::uint8_t address) {
  identity_ = encode_identity(identity, address);
  const auto prepare = [&](HeadBytes& bytes, State state) {
    Head head;
    head.state = state;
    head.sequence = {public_slot, 0};
    head.epoch = static_cast<std::uint8_t>(identity.boot_id);
    encode_head(bytes, address, public_key, head);
  };
  prepare(idle_, State::idle);
  prepare(pending_, State::pending);
  prepare(bad_frame_, State::bad_frame);
  keep(idle_);
  prepare_read();
}

PICOCTL_HOT void RegisterFace::begin_write() {
  first_ = true;
  overflow_ = false;
  receiving_ = nullptr;
}

PICOCTL_HOT void RegisterFace::write(std::uint8_t byte) {
  if (first_) {
    open(byte);
  } else if (put_ != put_end_) {
    *put_++ = byte;
  } else {
    overflow_ = true;
  }
}

// The register number decides where the bytes behind it go.
PICOCTL_HOT void RegisterFace::open(std::uint8_t number) {
  first_ = false;
  written_register_ = number;
  put_ = plain_.data();
  put_end_ = plain_.data() + plain_.size();
  if (number == registers::request) open_frame();
}

// Without a free buffer the bytes go to the plain one, which is too small: dropped, but counted.
PICOCTL_HOT void RegisterFace::open_frame() {
  for (ReceivedFrame& frame : frames_) {
    if (frame.full) continue;
    receiving_ = &frame;
    put_ = frame.room.data();
    put_end_ = put_ + frame.room.size();
    *put_++ = registers::request;
    return;
  }
}

PICOCTL_HOT void RegisterFace::end_write() {
  if (first_) return;
  pointer_ = written_register_;
  if (written_register_ == registers::request) {
    end_frame();
  } else {
    end_plain_write();
  }
  if (!reading_) prepare_read();
}

// The pointer goes where all is 0xFF: whatever the lost write said, nothing older may pass for it.
PICOCTL_HOT void RegisterFace::lose_write() {
  begin_write();
  pointer_ = registers::request;
  if (!reading_) prepare_read();
}

PICOCTL_HOT void RegisterFace::end_frame() {
  const std::uint8_t* start = receiving_ != nullptr ? receiving_->room.data() + 1 : plain_.data();
  const auto count = static_cast<std::uint16_t>(put_ - start);
  if (count == 0) return;  // only the pointer: i2cdump and i2cget pass here
  pointer_ = registers::response;
  ++stats_.frames;
  ++newest_;
  if (count < registers::min_frame_bytes || (overflow_ && receiving_ != nullptr)) {
    ++stats_.short_frames;
    keep(bad_frame_);
    return;
  }
  keep(pending_);
  if (receiving_ == nullptr) {
    ++stats_.dropped;
    return;
  }
  receiving_->size = static_cast<std::uint16_t>(count + 1U);
  receiving_->number = newest_;
  receiving_->full = true;
  has_work_.store(true, std::memory_order_relaxed);
}

PICOCTL_HOT void RegisterFace::end_plain_write() {
  const auto count = static_cast<std::size_t>(put_ - plain_.data());
  if (count == 0) return;  // only the pointer
  const bool plain = written_register_ < registers::user_end && count <= registers::max_plain_write;
  if (!plain || overflow_ || !bank_.write(written_register_, {plain_.data(), count})) {
    ++stats_.refused_writes;
  } else {
    has_work_.store(true, std::memory_order_relaxed);
  }
}

// How much is handed over at once is chosen so that nothing is left in the transmit FIFO after a
// read of usual length: what is left costs an abort at the next read. The head goes alone; a plain
// register too; the rest in whatever fits.
PICOCTL_HOT void RegisterFace::prepare_read() {
  std::span<const std::uint8_t> source = bank_.bytes();
  std::size_t from = pointer_;
  if (pointer_ >= registers::response) {
    source = answer_;
    from -= registers::response;
  } else if (pointer_ >= registers::identity) {
    source = identity_;
    from -= registers::identity;  // REQUEST lies beyond its end
  }
  end_ = source.data() + source.size();
  at_ = from < source.size() ? source.data() + from : end_;
  look_up(from < head_size ? head_size - from : max_piece);
}

PICOCTL_HOT void RegisterFace::advance() {
  if (at_ != end_) at_ += upcoming_size_;
  look_up(max_piece);
}

PICOCTL_HOT void RegisterFace::look_up(std::size_t most) {
  upcoming_ = at_;
  auto size = static_cast<std::size_t>(end_ - at_);
  const std::uintptr_t number = reinterpret_cast<std::uintptr_t>(at_) -
                                reinterpret_cast<std::uintptr_t>(bank_.bytes().data());
  if (size != 0 && number < registers::user_end) {
    size = bank_.rest_of(static_cast<std::uint8_t>(number));
  } else if (size > most) {
    size = most;
  }
  if (size == 0) {
    upcoming_ = &beyond_;
    size = 1;
  }
  upcoming_size_ = static_cast<std::uint8_t>(size);
}

PICOCTL_HOT void RegisterFace::end_read() {
  reading_ = false;
  if (at_ == end_ && end_ == answer_.data() + answer_.size()) answer_was_read_ = true;
  prepare_read();
}

std::size_t RegisterFace::fill(std::span<std::uint8_t> out) {
  const std::span<const std::uint8_t> bytes = upcoming();
  std::copy(bytes.begin(), bytes.end(), out.begin());
  advance();
  return bytes.size();
}

ReceivedFrame* RegisterFace::oldest() {
  ReceivedFrame* oldest = nullptr;
  for (ReceivedFrame& frame : frames_) {
    if (!frame.full) continue;
    if (oldest == nullptr || frame.number - oldest->number > 0x80000000U) oldest = &frame;
  }
  return oldest;
}

void RegisterFace::publish(std::uint32_t number, std::span<const std::uint8_t> answer) {
  if (number != newest_) return;
  keep(answer);
  if (!reading_) prepare_read();  // a read in progress keeps what it began with (T4)
}

}  // namespace picoctl::target
