#include "tally.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace picoctl::faults {
namespace {

constexpr std::size_t most_shown = 20;
constexpr const char* path_names[] = {"retried", "kept", "renewed", "clocked", "restarted"};

}  // namespace

void Tally::add(const std::string& name, const Case& one, const Verdict& verdict,
                std::uint64_t undisturbed_ns) {
  Row& row = rows[name];
  ++row.tried;
  row.changed += verdict.changed ? 1 : 0;
  row.detected += verdict.changed && verdict.detected ? 1 : 0;
  for (unsigned bit = 0; bit < 5; ++bit) row.paths[bit] += verdict.paths >> bit & 1U;
  row.lost += verdict.lost;
  row.doubled += verdict.doubled;
  row.in_part += verdict.in_part;
  row.strange += verdict.strange;
  const std::uint64_t more = verdict.took_ns - std::min(verdict.took_ns, undisturbed_ns);
  if (more > row.worst_ns) {
    row.worst_ns = more;
    row.worst_case = one.text();
  }
  if (verdict.sound()) return;
  ++wrong_count;
  if (wrong.size() < most_shown) {
    wrong.push_back({one.text(), fmt::format("{}", fmt::join(verdict.complaints, "; "))});
  }
}

void Tally::add(const Tally& other) {
  for (const auto& [name, from] : other.rows) {
    Row& row = rows[name];
    row.tried += from.tried;
    row.changed += from.changed;
    row.detected += from.detected;
    for (unsigned bit = 0; bit < 5; ++bit) row.paths[bit] += from.paths[bit];
    row.lost += from.lost;
    row.doubled += from.doubled;
    row.in_part += from.in_part;
    row.strange += from.strange;
    // The same one of several equals, whoever comes first.
    if (std::tie(from.worst_ns, row.worst_case) > std::tie(row.worst_ns, from.worst_case)) {
      row.worst_ns = from.worst_ns;
      row.worst_case = from.worst_case;
    }
  }
  wrong_count += other.wrong_count;
  wrong.insert(wrong.end(), other.wrong.begin(), other.wrong.end());
}

std::vector<std::string> Tally::untaken() const {
  std::vector<std::string> found;
  for (const Kind& kind : kinds()) {
    const auto row = rows.find(kind.name);
    if (row == rows.end()) continue;
    if (row->second.changed == 0) {
      found.push_back(
          fmt::format("{}: changed nothing on the wire, so it proves nothing", kind.name));
    }
    for (unsigned bit = 0; bit < 5; ++bit) {
      if ((kind.paths >> bit & 1U) == 0 || row->second.paths[bit] > 0) continue;
      found.push_back(fmt::format("{}: no case was {}", kind.name, path_names[bit]));
    }
  }
  return found;
}

nlohmann::json Tally::json() const {
  nlohmann::json object{{"rows", nlohmann::json::object()},
                        {"wrong", nlohmann::json::array()},
                        {"wrong_count", wrong_count}};
  for (const auto& [name, row] : rows) {
    nlohmann::json& out = object["rows"][name];
    out = {{"tried", row.tried},     {"changed", row.changed},   {"detected", row.detected},
           {"lost", row.lost},       {"doubled", row.doubled},   {"in_part", row.in_part},
           {"strange", row.strange}, {"worst_ns", row.worst_ns}, {"worst_case", row.worst_case}};
    for (unsigned bit = 0; bit < 5; ++bit) out[path_names[bit]] = row.paths[bit];
  }
  for (const Wrong& one : wrong) {
    object["wrong"].push_back({{"case", one.where}, {"what", one.what}});
  }
  return object;
}

Tally Tally::from(const nlohmann::json& json) {
  Tally tally;
  for (const auto& [name, in] : json["rows"].items()) {
    Row& row = tally.rows[name];
    row.tried = in["tried"];
    row.changed = in["changed"];
    row.detected = in["detected"];
    row.lost = in["lost"];
    row.doubled = in["doubled"];
    row.in_part = in["in_part"];
    row.strange = in["strange"];
    row.worst_ns = in["worst_ns"];
    row.worst_case = in["worst_case"];
    for (unsigned bit = 0; bit < 5; ++bit) row.paths[bit] = in[path_names[bit]];
  }
  for (const auto& one : json["wrong"]) tally.wrong.push_back({one["case"], one["what"]});
  tally.wrong_count = json["wrong_count"];
  return tally;
}

}  // namespace picoctl::faults
