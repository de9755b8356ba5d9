// refused: the_names_and_the_parameters_of_the_lambda_differ_in_number
#include "picoctl/target/target.hpp"

void program(picoctl::Target<>& target) {
  target.command("led n", [](std::uint8_t, bool) {});
}
