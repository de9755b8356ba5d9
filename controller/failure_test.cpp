#include "picoctl/controller/failure.hpp"

#include <gtest/gtest.h>

namespace picoctl {
namespace {

TEST(Failure, SummaryIsOneLine) {
  EXPECT_EQ(summary({Error::no_answer, Outcome::not_run, "no answer at 0x41 on i2c:1"}),
            "nobody answered at that address: no answer at 0x41 on i2c:1");
  EXPECT_EQ(summary({Error::no_slot, Outcome::not_run, {}}),
            "all of the Pico's sessions are taken");
}

TEST(Failure, ExplanationSaysWhatWhyAndWhatToDo) {
  for (const ErrorInfo& row : error_table) {
    const std::string text = explain({row.error, Outcome::done, "detail"});
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
    for (const auto part : {row.text, row.cause, row.cure}) {
      EXPECT_NE(text.find(part), std::string::npos) << text;
    }
  }
}

TEST(Failure, ADoubtIsNotKeptQuiet) {
  EXPECT_NE(explain({Error::bus_io, Outcome::unknown, {}}).find("is unknown"), std::string::npos);
  EXPECT_EQ(explain({Error::bus_io, Outcome::not_run, {}}).find("is unknown"), std::string::npos);
}

}  // namespace
}  // namespace picoctl
