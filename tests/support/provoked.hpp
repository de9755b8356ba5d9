// Which errors the tests provoke. Every row of link/error.def must be provoked by some test; the
// check collects the property "provokes" from the tests' XML reports.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "picoctl/link/error_table.hpp"

namespace picoctl::test {

// Says that this test made `error` happen. Several in one test are kept as "a,b".
inline void provoked(Error error) {
  static const ::testing::TestInfo* test = nullptr;
  static std::string ids;
  const auto* current = ::testing::UnitTest::GetInstance()->current_test_info();
  if (current != test) ids.clear();
  test = current;
  const std::string_view id = name(error);
  if (("," + ids + ",").find("," + std::string(id) + ",") != std::string::npos) return;
  ids += (ids.empty() ? "" : ",") + std::string(id);
  ::testing::Test::RecordProperty("provokes", ids);
}

}  // namespace picoctl::test
