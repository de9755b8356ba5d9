#include "cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "picoctl/link/description.hpp"
#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

const std::string text = "led n:u8 on:bool\n";
const std::uint32_t hash = description_hash(text);

class CacheTest : public ::testing::Test {
 protected:
  std::string file() const {
    char name[40];
    std::snprintf(name, sizeof name, "/picoctl/%08x.description", hash);
    return cache.path() + name;
  }
  CacheFolder cache;
};

TEST_F(CacheTest, KeepsAndLoads) {
  EXPECT_FALSE(load_description(hash));
  keep_description(hash, text);
  EXPECT_EQ(load_description(hash), text);
  EXPECT_TRUE(std::filesystem::exists(file()));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(cache.path() + "/picoctl"), {}), 1);
}

TEST_F(CacheTest, DamageIsNoticed) {
  keep_description(hash, text);
  std::ofstream(file(), std::ios::app) << "x";
  EXPECT_FALSE(load_description(hash));
  keep_description(hash, text);
  EXPECT_EQ(load_description(hash), text);
}

TEST_F(CacheTest, AFolderThatCannotBeWrittenIsNoError) {
  ::setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
  keep_description(hash, text);
  EXPECT_FALSE(load_description(hash));
  ::unsetenv("XDG_CACHE_HOME");
  ::setenv("HOME", cache.path().c_str(), 1);
  EXPECT_EQ(cache_folder(), cache.path() + "/.cache/picoctl");
  keep_description(hash, text);
  EXPECT_EQ(load_description(hash), text);
  ::unsetenv("HOME");
  EXPECT_EQ(cache_folder(), "");
  keep_description(hash, text);
  EXPECT_FALSE(load_description(hash));
}

TEST_F(CacheTest, APipeInItsPlaceDoesNotHang) {
  ASSERT_EQ(::mkdir((cache.path() + "/picoctl").c_str(), 0700), 0);
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  EXPECT_FALSE(load_description(hash));
}

TEST_F(CacheTest, AnEndlessFileIsNotRead) {
  ASSERT_EQ(::mkdir((cache.path() + "/picoctl").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("/dev/zero", file().c_str()), 0);
  EXPECT_FALSE(load_description(hash));
}

TEST_F(CacheTest, SeveralMayKeepTheSameAtOnce) {
  keep_description(hash, text);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        keep_description(hash, text);
        if (load_description(hash) != text) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

class CachedDescription : public ConnectionTest {};

TEST_F(CachedDescription, ASecondConnectionNeedNotAsk) {
  open();
  const auto calls = connection->counters().calls;
  EXPECT_GT(calls, 1U);
  auto second = make();
  ASSERT_TRUE(second->open(1s));
  ASSERT_TRUE(second->description());
  EXPECT_EQ(second->counters().calls, 0U);
  EXPECT_EQ((*second->description())->text(), (*connection->description())->text());
}

TEST_F(CachedDescription, ATextThatDoesNotFitItsHashIsRefused) {
  ASSERT_TRUE(connection->open(1s));
  const auto lying = [this](TestBus& wire, TestBus::Messages messages) {
    auto done = wire.usual(messages);
    // The first piece, with one letter changed and its check made right again.
    if (messages.size() == 2 && messages[1].length > head_size + 20) {
      messages[1].data[head_size + 10] ^= 0x20;
      const std::span answer(messages[1].data, messages[1].length);
      seal_answer(answer, 0x41, key(), *parse_head(answer), answer[2]);
    }
    return done;
  };
  bus->script = {lying};
  const auto described = connection->description();
  ASSERT_FALSE(described);
  EXPECT_EQ(described.error().error, Error::bad_description);
}

}  // namespace
}  // namespace picoctl::controller::test
