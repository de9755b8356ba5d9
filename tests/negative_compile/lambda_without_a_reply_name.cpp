// refused: a_lambda_that_returns_a_value_needs_the_name_of_its_reply_behind_an_arrow
#include "picoctl/target/target.hpp"

void program(picoctl::Target<>& target) {
  target.command("add a b", [](int a, int b) { return a + b; });
}
