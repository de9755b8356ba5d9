#include "plan.hpp"

#include <algorithm>
#include <random>

namespace picoctl::faults {
namespace {

// The same numbers everywhere: std's distributions are not.
std::uint32_t below(std::mt19937_64& random, std::size_t limit) {
  return limit == 0 ? 0 : static_cast<std::uint32_t>((random() >> 32U) % limit);
}

std::uint32_t places(Unit unit, std::uint32_t bytes) {
  switch (unit) {
    case Unit::transfer: return 1;
    case Unit::byte: return bytes;
    case Unit::bit: return 8 * bytes;
    case Unit::pulse: return 9 * bytes;
  }
  return 0;
}

bool suits(const Kind& kind, const Exchange& exchange) {
  const bool settings = std::string_view(exchange.name) == "settings";
  const bool flash = std::string_view(kind.name) == "power_loss_at_flash";
  return !flash || settings;
}

Strike anywhere(const Kind& kind, const Undisturbed& base, std::mt19937_64& random) {
  Strike strike{&kind, below(random, base.bytes.size()), 0, 0};
  strike.place = below(random, places(kind.unit, base.bytes[strike.transfer]));
  strike.chance = below(random, 0x10000);
  return strike;
}

std::vector<const Exchange*> chosen(const Baselines& baselines, bool only_core) {
  std::vector<const Exchange*> list;
  for (const Exchange& one : exchanges()) {
    if (baselines.contains(one.name) && (one.core || !only_core)) list.push_back(&one);
  }
  return list;
}

}  // namespace

std::vector<Case> exhaustive(const Baselines& baselines, std::uint32_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Case> cases;
  for (const Exchange* exchange : chosen(baselines, false)) {
    const Undisturbed& base = baselines.at(exchange->name);
    for (const Kind& kind : kinds()) {
      if (!suits(kind, *exchange)) continue;
      for (std::uint32_t transfer = 0; transfer < base.bytes.size(); ++transfer) {
        const std::uint32_t count = places(kind.unit, base.bytes[transfer]);
        for (std::uint32_t place = 0; place < count; ++place) {
          for (std::uint32_t form = 0; form < kind.forms; ++form) {
            // A burst's pattern is by chance; the forms of others are gone through.
            const bool by_chance = kind.unit == Unit::bit && kind.forms == 1;
            const std::uint32_t chance = by_chance ? below(random, 0x10000) : form;
            cases.push_back({exchange, {{&kind, transfer, place, chance}}});
          }
        }
      }
    }
  }
  return cases;
}

std::vector<Case> pairs(const Baselines& baselines, std::uint32_t seed, std::uint32_t each) {
  std::mt19937_64 random(seed);
  std::vector<Case> cases;
  for (const Exchange* exchange : chosen(baselines, true)) {
    const Undisturbed& base = baselines.at(exchange->name);
    for (const Kind& first : kinds()) {
      for (const Kind& second : kinds()) {
        if (!suits(first, *exchange) || !suits(second, *exchange)) continue;
        for (std::uint32_t i = 0; i < each; ++i) {
          cases.push_back(
              {exchange, {anywhere(first, base, random), anywhere(second, base, random)}});
        }
      }
    }
  }
  return cases;
}

Case random_case(const Baselines& baselines, std::uint64_t seed, std::uint64_t index) {
  std::mt19937_64 random(seed * 0x9E3779B97F4A7C15ULL + index);
  const auto list = chosen(baselines, false);
  Case one{list[below(random, list.size())], {}};
  const Undisturbed& base = baselines.at(one.exchange->name);
  const std::uint32_t count = 1 + below(random, 3);
  while (one.strikes.size() < count) {
    const Kind& kind = kinds()[below(random, kinds().size())];
    if (suits(kind, *one.exchange)) one.strikes.push_back(anywhere(kind, base, random));
  }
  return one;
}

std::vector<Case> core(const Baselines& baselines, std::uint32_t seed, std::uint32_t count) {
  std::mt19937_64 random(seed);
  const auto list = chosen(baselines, true);
  std::vector<const Kind*> able;
  for (const Kind& kind : kinds()) {
    if (!kind.local && suits(kind, *list.front())) able.push_back(&kind);
  }
  std::vector<Case> cases;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Exchange* exchange = list[below(random, list.size())];
    cases.push_back(
        {exchange, {anywhere(*able[i % able.size()], baselines.at(exchange->name), random)}});
  }
  return cases;
}

}  // namespace picoctl::faults
