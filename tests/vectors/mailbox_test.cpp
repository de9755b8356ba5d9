// The C++ link against the golden vectors: the refusals of a mailbox target.
#include <gtest/gtest.h>

#include "picoctl/link/exchange.hpp"
#include "vectors.hpp"

namespace picoctl::vectors {
namespace {

TEST(Vectors, MailboxRefusal) {
  const Json file = load("mailbox");
  for (const Json& c : file["refusals"]) {
    EXPECT_TRUE(refuses(from_hex(c["bytes"]), c["address"], from_hex(c["request"]))) << c["name"];
  }
  for (const Json& c : file["others"]) {
    EXPECT_FALSE(refuses(from_hex(c["bytes"]), c["address"], from_hex(c["request"]))) << c["why"];
  }
}

}  // namespace
}  // namespace picoctl::vectors
