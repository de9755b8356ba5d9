// "did you mean": the nearest of several names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace picoctl::controller {

// The name that is likeliest meant, or empty: at most a third of it mistyped, or its last part
// ("write" for "gpio.write").
std::string nearest(std::string_view typed, const std::vector<std::string_view>& names);

// "; did you mean 'led'?", or nothing.
std::string did_you_mean(std::string_view typed, const std::vector<std::string_view>& names);

}  // namespace picoctl::controller
