// Writing SVG elements, with everything that goes in escaped. Private to the picture of a trace.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace picoctl::cli::svg_page {

// Colours chosen to be read on the picture's own dark ground, so that the page around does not
// matter; contrast at least 4.5 to 1.
inline constexpr std::string_view ground = "#0f1620";
inline constexpr std::string_view panel = "#161f2b";
inline constexpr std::string_view ink = "#e6edf3";
inline constexpr std::string_view faint = "#8b98a5";
inline constexpr std::string_view pi = "#6cb6ff";    // what the Pi says
inline constexpr std::string_view pico = "#7ee787";  // what the Pico says
inline constexpr std::string_view alarm = "#ff7b72";

std::string escaped(std::string_view text);

class Page {
 public:
  // Text as it stands: an element that has been put together with escaped() words.
  template <typename... A>
  void put(fmt::format_string<A...> format, A&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<A>(values)...);
    text_ += '\n';
  }
  // `look`: attributes, e.g. class names and fill.
  void label(double x, double y, std::string_view look, std::string_view words) {
    put("<text x=\"{:.5g}\" y=\"{:.5g}\" {}>{}</text>", x, y, look, escaped(words));
  }
  void box(double x, double y, double wide, double high, double round, std::string_view look) {
    put("<rect x=\"{:.5g}\" y=\"{:.5g}\" width=\"{:.5g}\" height=\"{:.5g}\" rx=\"{:.5g}\" {}/>", x,
        y, wide, high, round, look);
  }
  void style(std::string rule) { rules_ += std::move(rule) + '\n'; }

  const std::string& body() const { return text_; }
  const std::string& rules() const { return rules_; }

 private:
  std::string text_;
  std::string rules_;
};

}  // namespace picoctl::cli::svg_page
