#include "suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace picoctl::controller {
namespace {

// How many letters to insert, delete, replace or swap with their neighbour (optimal string
// alignment). Both are short: names have at most 32 letters, and longer typed ones are cut.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

bool ends_with_part(std::string_view name, std::string_view part) {
  return name.size() > part.size() && name.ends_with(part) &&
         name[name.size() - part.size() - 1] == '.';
}

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string_view>& names) {
  typed = typed.substr(0, 64);
  std::string_view best;
  std::size_t best_distance = 0;
  for (const std::string_view name : names) {
    if (!typed.empty() && ends_with_part(name, typed)) return std::string(name);
    const std::size_t far = distance(typed, name);
    const bool near = far <= std::max<std::size_t>(1, name.size() / 3) && far < name.size();
    if (near && (best.empty() || far < best_distance)) {
      best = name;
      best_distance = far;
    }
  }
  return std::string(best);
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string_view>& names) {
  const std::string name = nearest(typed, names);
  return name.empty() ? name : fmt::format("; did you mean '{}'?", name);
}

}  // namespace picoctl::controller
