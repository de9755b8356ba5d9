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
  own_ = idle_.data();
  contested_ = false;
  prepare_read();
}

// The register number decides where the bytes behind it go.
PICOCTL_HOT void RegisterFace::begin_write(std::uint8_t number) {
  first_ = false;
  overflow_ = false;
  receiving_ = nullptr;
  written_register_ = number;
  put_ = plain_.data();
  put_end_ = plain_.data() + plain_.size();
  if (number == registers::request) open_frame();
}

// Without a free buffer the bytes go to the plain one, which is too small: dropped, but counted.
PICOCTL_HOT void RegisterFace::open_frame() {
  for (ReceivedFrame& frame : frames_) {
    if (frame.full.load(std::memory_order_relaxed)) continue;
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
  first_ = true;
  put_ = put_end_;
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
  shown_ = &own_;
  if (count < registers::min_frame_bytes || (overflow_ && receiving_ != nullptr)) {
    ++stats_.short_frames;
    own_.store(bad_frame_.data(), std::memory_order_relaxed);
    return;
  }
  own_.store(pending_.data(), std::memory_order_relaxed);
  if (receiving_ == nullptr) {
    ++stats_.dropped;
    return;
  }
  ReceivedFrame& frame = *receiving_;
  frame.answer.store(pending_.data(), std::memory_order_relaxed);
  shown_ = &frame.answer;
  frame.size = static_cast<std::uint16_t>(count + 1U);
  frame.number = newest_;
  frame.full.store(true, std::memory_order_relaxed);
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

namespace {

[[gnu::always_inline]] inline const std::uint8_t* end_of_answer(const std::uint8_t* answer) {
  const std::uint8_t length = answer[2];
  return answer + head_size + (length != 0 ? length + payload_crc_size : 0);
}

}  // namespace

// How much is handed over at once is chosen so that nothing is left in the transmit FIFO after a
// read of usual length: what is left costs an abort at the next read. An answer's head goes first,
// for nothing is known of the answer before a read begins, and what fits of its payload right behind
// it; a plain register goes alone; of IDENTITY the byte that a scan reads; the rest in whatever fits.
PICOCTL_HOT void RegisterFace::prepare_read() {
  if (pointer_ == registers::response) {
    source_ = shown_;
    upcoming_size_ = head_size;
    return;
  }
  const std::uint8_t* start = bank_.bytes().data();
  std::size_t from = pointer_;
  end_ = start + registers::user_end;
  if (pointer_ > registers::response) {
    start = shown_->load(std::memory_order_relaxed);
    from -= registers::response;
    end_ = end_of_answer(start);
  } else if (pointer_ >= registers::identity) {
    start = identity_.data();
    from -= registers::identity;  // REQUEST lies beyond its end
    end_ = start + identity_.size();
  }
  at_ = from < static_cast<std::size_t>(end_ - start) ? start + from : end_;
  look_up(pointer_ < registers::response ? 1 : max_piece);
}

// The newest answer was found by way of its cell, which may change: this read keeps to what it found.
PICOCTL_HOT void RegisterFace::begin_read() {
  reading_ = true;
  if (source_ == &upcoming_) return;
  at_ = source_->load(std::memory_order_relaxed);
  end_ = end_of_answer(at_);
  look_up(max_piece);
}

PICOCTL_HOT void RegisterFace::advance() {
  if (at_ != end_) at_ += upcoming_size_;
  look_up(max_piece);
}

PICOCTL_HOT void RegisterFace::look_up(std::size_t most) {
  const std::uint8_t* from = at_;
  auto size = static_cast<std::size_t>(end_ - at_);
  const std::uintptr_t number = reinterpret_cast<std::uintptr_t>(at_) -
                                reinterpret_cast<std::uintptr_t>(bank_.bytes().data());
  if (size != 0 && number < registers::user_end) {
    size = bank_.rest_of(static_cast<std::uint8_t>(number));
  } else if (size > most) {
    size = most;
  }
  if (size == 0) {
    from = &beyond_;
    size = 1;
  }
  upcoming_.store(from, std::memory_order_relaxed);
  upcoming_size_ = static_cast<std::uint8_t>(size);
  source_ = &upcoming_;
}

PICOCTL_HOT void RegisterFace::end_read() {
  reading_ = false;
  if (at_ == end_ && end_ == shown_end()) read_to_.store(end_, std::memory_order_relaxed);
  prepare_read();
}

PICOCTL_HOT const std::uint8_t* RegisterFace::shown_end() const {
  return end_of_answer(shown_->load(std::memory_order_relaxed));
}

void RegisterFace::write(std::uint8_t byte) {
  if (first_) return begin_write(byte);
  if (put_ == put_end_) return overflow();
  *put_ = byte;
  wrote(1);
}

std::size_t RegisterFace::fill(std::span<std::uint8_t> out) {
  const std::span<const std::uint8_t> bytes = upcoming();
  std::copy(bytes.begin(), bytes.end(), out.begin());
  advance();
  return bytes.size();
}

ReceivedFrame* RegisterFace::oldest() {
  ReceivedFrame& a = frames_[0];
  ReceivedFrame& b = frames_[1];
  const bool has_a = a.full.load(std::memory_order_relaxed);
  if (!b.full.load(std::memory_order_relaxed)) return has_a ? &a : nullptr;
  return has_a && b.number - a.number < 0x80000000U ? &a : &b;
}

void RegisterFace::publish(ReceivedFrame& frame, const std::uint8_t* answer) {
  read_to_.store(nullptr, std::memory_order_relaxed);
  std::atomic_signal_fence(
      std::memory_order_release);  // first the answer's bytes, then where it is
  frame.answer.store(answer, std::memory_order_relaxed);
}

void RegisterFace::refresh() {
  if (!reading_) prepare_read();  // a read in progress keeps what it began with (T4)
}

bool RegisterFace::answer_was_read() const {
  return read_to_.load(std::memory_order_relaxed) == shown_end();
}

}  // namespace picoctl::target
