#include "picoctl/link/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "picoctl/link/error_table.hpp"

namespace picoctl {
namespace {

TEST(Result, HoldsAValue) {
  Result<int> result = 7;
  ASSERT_TRUE(result);
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(*result, 7);
  EXPECT_EQ(result.value_or(9), 7);
  *result = 8;
  EXPECT_EQ(std::as_const(result).value(), 8);
}

TEST(Result, HoldsAnError) {
  Result<int> result = Unexpected{Error::bad_value};
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), Error::bad_value);
  EXPECT_EQ(std::as_const(result).error(), Error::bad_value);
  EXPECT_EQ(result.value_or(9), 9);
}

TEST(Result, MovesItsValueOut) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 3);
}

TEST(Result, ReachesIntoItsValue) {
  Result<std::string> result = std::string("pico");
  EXPECT_EQ(result->size(), 4U);
  EXPECT_EQ(std::as_const(result)->size(), 4U);
}

TEST(Result, OfNothing) {
  Result<void> fine;
  EXPECT_TRUE(fine);
  fine.value();
  Result<void, std::string> bad = Unexpected{std::string("why")};
  EXPECT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error(), "why");
  EXPECT_EQ(std::as_const(bad).error(), "why");
  EXPECT_EQ(std::move(bad).error(), "why");
}

TEST(Result, OfTheSameTypeTwiceKeepsTheSidesApart) {
  const Result<int, int> value = 1;
  const Result<int, int> error = Unexpected{1};
  EXPECT_TRUE(value);
  EXPECT_FALSE(error);
}

TEST(ResultDeathTest, TrapsOnTheWrongSide) {
  Result<int> value = 7;
  Result<int> error = Unexpected{Error::bad_value};
  Result<void> nothing;
  Result<void> bad = Unexpected{Error::bad_value};
  EXPECT_DEATH((void)value.error(), "");
  EXPECT_DEATH((void)error.value(), "");
  EXPECT_DEATH((void)nothing.error(), "");
  EXPECT_DEATH(bad.value(), "");
}

TEST(Error, EveryRowSaysEverythingOnce) {
  std::set<Error> codes;
  std::set<std::string_view> ids;
  for (const ErrorInfo& row : error_table) {
    EXPECT_TRUE(codes.insert(row.error).second) << row.id;
    EXPECT_TRUE(ids.insert(row.id).second) << row.id;
    EXPECT_FALSE(row.text.empty() || row.cause.empty() || row.cure.empty()) << row.id;
    EXPECT_EQ(row.exit_class == ExitClass::failed, travels(row.error)) << row.id;
    EXPECT_EQ(name(row.error), row.id);
    EXPECT_EQ(&info(row.error), &row);
  }
}

TEST(Error, CodesOfOthersHaveARowToo) {
  EXPECT_EQ(info(static_cast<Error>(0x7F)).error, Error::user_error);
  EXPECT_EQ(info(static_cast<Error>(0x61)).error, Error::user_error);
  EXPECT_EQ(info(static_cast<Error>(0x5F)).error, Error::handler_failed);
  EXPECT_EQ(info(static_cast<Error>(0x01)).error, Error::handler_failed);
}

}  // namespace
}  // namespace picoctl
