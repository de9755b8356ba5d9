// Several commands in one transaction: all are checked before any runs.
#include <cstdio>
#include <vector>

#include "picoctl/controller/pico.hpp"

int main() {
  auto pico = picoctl::connect();
  if (!pico) {
    std::fputs(picoctl::explain(pico.error()).c_str(), stderr);
    return 1;
  }
  const std::vector<picoctl::BatchItem> items{
      {"led", {1, true}}, {"led", {2, true}}, {"gpio.read", {15}}};
  const auto results = pico->batch(items);
  if (!results) {
    std::fputs(picoctl::explain(results.error()).c_str(), stderr);
    return 1;
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& result = (*results)[i];
    std::printf("%s: %s\n", items[i].name.c_str(),
                result.failure ? "failed" : result.reply.dump().c_str());
  }
}
// It prints: led: null
// It prints: gpio.read: {"on":true}
// The journal then says: led n=1 on=1
// The journal then says: led n=2 on=1
// The journal then says: gpio.read pin=15
