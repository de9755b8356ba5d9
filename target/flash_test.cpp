// While settings are written, flash cannot be read: the interrupt must do without the tables in it.
// Here they lie in a page that is taken away after the start. (What the linker put where is checked
// in the images: tools/check_firmware.py.)

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <new>

#include "test_rig.hpp"

namespace picoctl::target::test {
namespace {

void changed(Context& context, const RegisterEntry& entry, std::uint32_t value) {
  context.board().gpio_write(1U << entry.number, value << entry.number);
}

// A module in a page of its own.
class Flash {
 public:
  Flash() : size_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    page_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page_ == MAP_FAILED) std::abort();
    auto* const table = new (page_) std::array<RegisterEntry, 2>{
        RegisterEntry{0x10, 1, "small:u8", {}, &changed, nullptr},
        RegisterEntry{0x11, 4, "large:u32", {}, &changed, nullptr},
    };
    module_ = new (table + 1) Module{{}, *table};
  }
  Flash(const Flash&) = delete;
  Flash& operator=(const Flash&) = delete;
  ~Flash() { munmap(page_, size_); }

  const Module* module() const { return module_; }
  void take_away() { protect(PROT_NONE); }
  void give_back() { protect(PROT_READ); }

 private:
  void protect(int access) {
    if (mprotect(page_, size_, access) != 0) std::abort();
  }

  std::size_t size_;
  void* page_ = nullptr;
  const Module* module_ = nullptr;
};

class WithoutFlash : public ::testing::Test {
 protected:
  // Death tests: a look at the page would end the process.
  template <typename Traffic>
  void survives(Traffic traffic) {
    const auto run = [&] {
      flash_.take_away();
      const bool right = traffic();
      flash_.give_back();
      std::_Exit(right ? 0 : 1);
    };
    EXPECT_EXIT(run(), ::testing::ExitedWithCode(0), "");
  }
  void SetUp() override { target_.start(); }

  void write(const std::vector<std::uint8_t>& bytes) {
    target_.face().begin_write();
    for (const std::uint8_t byte : bytes) target_.face().write(byte);
    target_.face().end_write();
  }
  std::vector<std::uint8_t> read(std::size_t count) {
    std::vector<std::uint8_t> bytes;
    target_.face().begin_read();
    while (bytes.size() < count) {
      const auto piece = target_.face().upcoming();
      bytes.insert(bytes.end(), piece.begin(), piece.end());
      target_.face().advance();
    }
    target_.face().end_read();
    bytes.resize(count);
    return bytes;
  }

  Flash flash_;
  FakeBoard board_;
  std::array<const Module*, 2> modules_{&system_module, flash_.module()};
  Target<Limits{.slots = 1}> target_{board_, 0x41, modules_};
};

using Bytes = std::vector<std::uint8_t>;

TEST_F(WithoutFlash, APlainRegisterIsRead) {
  survives([this] {
    write({0x10});
    return read(6) == Bytes{0, 0, 0, 0, 0, 0xFF};
  });
}

TEST_F(WithoutFlash, APlainRegisterIsWritten) {
  survives([this] {
    write({0x10, 7});
    write({0x11, 1, 2, 3, 4});
    write({0x11, 1, 2});  // half of it
    write({0x10});
    return read(5) == Bytes{7, 1, 2, 3, 4} && target_.face().stats().refused_writes == 1;
  });
}

TEST_F(WithoutFlash, FramesAreTakenAndThePublicAnswersGiven) {
  survives([this] {
    write({registers::request, 1, 2});
    if (state_of(read(6)) != State::bad_frame) return false;
    for (int frame = 0; frame < 3; ++frame) write({registers::request, 1, 0, 1, 0, 0});
    return state_of(read(6)) == State::pending && target_.face().stats().dropped == 1;
  });
}

TEST_F(WithoutFlash, ALostWriteIsForgotten) {
  survives([this] {
    write({0x10});
    target_.face().begin_write();
    target_.face().write(0x11);
    target_.face().lose_write();
    return read(2) == Bytes{0xFF, 0xFF};
  });
}

TEST_F(WithoutFlash, AndWhatWasWrittenReachesItsHandlerLater) {
  flash_.take_away();
  write({0x10, 1});
  flash_.give_back();
  while (target_.poll()) {
  }
  EXPECT_EQ(board_.levels, 1U << 0x10);
}

}  // namespace
}  // namespace picoctl::target::test
