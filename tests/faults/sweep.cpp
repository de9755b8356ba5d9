// The sweep: every fault at every place of every canonical exchange, on virtual Picos, or a core of
// it on whatever answers on a bus. After each: docs/RELIABILITY.md says what must hold.
//
//   sweep                          one fault, exhaustive; a table, and failures with how to replay them
//   sweep --pairs N                two faults in the core exchanges, each pair of kinds N times
//   sweep --random N --seed S      N runs of one to three faults by chance
//   sweep --replay CASE            one case, told in full; --trace shows its wires
//   sweep --bus virtual:PATH --journal FILE --cases N      on a Pico that runs
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "plan.hpp"
#include "tally.hpp"

namespace picoctl::faults {
namespace {

struct Options {
  std::uint32_t seed = 1;
  std::uint32_t pair_count = 0;
  std::uint64_t random_count = 0;
  std::uint32_t cases = 100;
  unsigned jobs = 2;
  std::string replay, json;
  SocketStage::Place place;
  bool socket() const { return !place.bus.empty(); }
};

// Descriptions are kept here, so that but the first connection needs none over the wire.
class Cache {
 public:
  Cache() {
    char name[] = "/tmp/picoctl-sweep-XXXXXX";
    path_ = ::mkdtemp(name);
    use(true);
  }
  ~Cache() {
    if (owner_ != ::getpid()) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  void use(bool cached) const {
    ::setenv("XDG_CACHE_HOME", cached ? path_.c_str() : "", 1);
    ::setenv("HOME", "", 1);
  }

 private:
  std::string path_;
  pid_t owner_ = ::getpid();
};

class Sweep {
 public:
  explicit Sweep(Options options) : options_(std::move(options)) {}

  int run() {
    if (!measure()) return 1;
    if (!options_.replay.empty()) return replay();
    if (options_.random_count > 0) {
      return report(in_parallel(options_.random_count, [this](auto i) {
        return random_case(baselines_, options_.seed, i);
      }));
    }
    std::vector<Case> cases;
    if (options_.socket()) {
      cases = core(baselines_, options_.seed, options_.cases);
    } else if (options_.pair_count > 0) {
      cases = pairs(baselines_, options_.seed, options_.pair_count);
    } else {
      cases = exhaustive(baselines_, options_.seed);
    }
    return report(in_parallel(cases.size(), [&](auto i) { return cases[i]; }));
  }

 private:
  std::unique_ptr<Stage> stage_for(const Exchange& exchange) {
    cache_.use(!exchange.describes);
    if (!options_.socket()) return std::make_unique<LocalStage>(options_.seed, exchange.loop_us);
    auto stage = SocketStage::open(options_.place, number_++);
    if (stage) return std::move(*stage);
    fmt::print(stderr, "sweep: {}\n", explain(stage.error()));
    std::exit(6);
  }

  // How long each exchange is, and that it works at all.
  bool measure() {
    for (const Exchange& exchange : exchanges()) {
      if (options_.socket() && !exchange.core) continue;
      read_description(*stage_for(exchange));
      const auto stage = stage_for(exchange);
      Undisturbed& base = baselines_[exchange.name];
      base.bytes = bytes_of(*stage, exchange);
      const auto again = stage_for(exchange);
      const Verdict verdict = play(*again, {&exchange, {}}, base.bytes.size());
      base.took_ns = verdict.took_ns;
      if (verdict.sound() && verdict.transfers == base.bytes.size()) continue;
      if (verdict.sound() && options_.socket()) continue;
      fmt::print(stderr, "sweep: '{}' without any fault: {}\n", exchange.name,
                 verdict.sound() ? "its length varies" : verdict.complaints.front());
      return false;
    }
    return true;
  }

  // So that it is in the cache, if there is one.
  static void read_description(Stage& stage) {
    if (auto pico = stage.connect()) static_cast<void>((*pico)->description());
  }

  static std::vector<std::uint32_t> bytes_of(Stage& stage, const Exchange& exchange) {
    std::vector<std::uint32_t> bytes;
    std::uint64_t before = stage.wire_bytes();
    stage.wires().after = [&](std::size_t, auto) {
      const std::uint64_t now = stage.wire_bytes();
      bytes.push_back(static_cast<std::uint32_t>(now - before));
      before = now;
    };
    if (auto pico = stage.connect()) exchange.calls(stage, **pico);
    stage.wires().after = nullptr;
    return bytes;
  }

  void play_one(const Case& one, Tally& tally) {
    const auto stage = stage_for(*one.exchange);
    const Undisturbed& base = baselines_.at(one.exchange->name);
    const Verdict verdict = play(*stage, one, base.bytes.size());
    const char* row = one.strikes.size() == 1 && options_.random_count == 0
                          ? one.strikes.front().kind->name
                          : "several";
    tally.add(row, one, verdict, base.took_ns);
  }

  // Processes, not threads: the virtual Pico's fibers and the cache's place belong to one.
  template <typename Make>
  Tally in_parallel(std::uint64_t count, Make make) {
    const unsigned jobs = options_.socket() ? 1 : options_.jobs;
    std::vector<int> ends;
    for (unsigned job = 0; job < jobs; ++job) {
      int pipe_ends[2];
      if (::pipe(pipe_ends) != 0) std::abort();
      if (::fork() == 0) {
        ::close(pipe_ends[0]);
        Tally tally;
        for (std::uint64_t i = job; i < count; i += jobs) play_one(make(i), tally);
        const std::string text = tally.json().dump();
        const bool whole =
            ::write(pipe_ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
        ::_exit(whole ? 0 : 1);
      }
      ::close(pipe_ends[1]);
      ends.push_back(pipe_ends[0]);
    }
    Tally all;
    for (const int end : ends) all.add(read_tally(end));
    while (::wait(nullptr) > 0) {
    }
    return all;
  }

  static Tally read_tally(int end) {
    std::string text;
    char chunk[4096];
    for (ssize_t size = 0; (size = ::read(end, chunk, sizeof chunk)) > 0;) {
      text.append(chunk, static_cast<std::size_t>(size));
    }
    ::close(end);
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_discarded()) return Tally::from(json);
    Tally broken;
    broken.wrong_count = 1;
    broken.wrong.push_back({"", "a process of the sweep ended early"});
    return broken;
  }

  int replay() {
    const auto one = Case::parse(options_.replay);
    if (!one) {
      fmt::print(stderr, "sweep: '{}' is no case\n", options_.replay);
      return 2;
    }
    const auto stage = stage_for(*one->exchange);
    const Verdict verdict = play(*stage, *one, baselines_.at(one->exchange->name).bytes.size());
    for (const Told& told : stage->told()) {
      fmt::print("told  {}  {}{}\n", static_cast<int>(told.outcome), told.lines.front(),
                 told.why.empty() ? "" : "\n      " + told.why);
    }
    for (const std::string& line : stage->journal()) fmt::print("ran   {}\n", line);
    fmt::print("{} transfers, {:.3f} ms{}\n", verdict.transfers,
               static_cast<double>(verdict.took_ns) / 1e6,
               verdict.changed ? "" : ", nothing was changed");
    for (const std::string& complaint : verdict.complaints) fmt::print("WRONG {}\n", complaint);
    return verdict.sound() ? 0 : 1;
  }

  int report(const Tally& tally) {
    fmt::print("{:26}{:>8}{:>8}{:>9}{:>8}{:>7}{:>8}{:>6}{:>8}{:>12}\n", "fault", "tried", "changed",
               "detected", "retried", "kept", "renewed", "lost", "doubled", "worst ms");
    std::uint64_t tried = 0;
    for (const auto& [name, row] : tally.rows) {
      tried += row.tried;
      fmt::print("{:26}{:>8}{:>8}{:>9}{:>8}{:>7}{:>8}{:>6}{:>8}{:>12.3f}\n", name, row.tried,
                 row.changed, row.detected, row.paths[0], row.paths[1], row.paths[2], row.lost,
                 row.doubled, static_cast<double>(row.worst_ns) / 1e6);
    }
    const std::vector<std::string> untaken =
        options_.socket() ? std::vector<std::string>{} : tally.untaken();
    for (const Wrong& one : tally.wrong) {
      fmt::print("WRONG {}\n      replay: {}\n", one.what, replay_line(one.where));
    }
    for (const std::string& kind : untaken) fmt::print("WRONG {}\n", kind);
    fmt::print("{} cases, seed {}: {} wrong\n", tried, options_.seed,
               tally.wrong_count + untaken.size());
    if (!options_.json.empty()) write_json(tally, untaken);
    return tally.wrong_count + untaken.size() == 0 ? 0 : 1;
  }

  std::string replay_line(const std::string& where) const {
    std::string line = "sweep";
    if (options_.socket()) {
      line += fmt::format(" --bus {} --journal {}", options_.place.bus, options_.place.journal);
    }
    return line + fmt::format(" --seed {} --replay {}", options_.seed, where);
  }

  void write_json(const Tally& tally, const std::vector<std::string>& untaken) const {
    nlohmann::json object = tally.json();
    object["seed"] = options_.seed;
    object["untaken"] = untaken;
    object["kinds"] = nlohmann::json::array();
    for (const Kind& kind : kinds()) {
      object["kinds"].push_back({{"name", kind.name}, {"row", kind.row}, {"says", kind.says}});
    }
    object["exchanges"] = nlohmann::json::array();
    for (const auto& [name, base] : baselines_) object["exchanges"].push_back(name);
    std::ofstream(options_.json) << object.dump(1) << "\n";
  }

  Options options_;
  Cache cache_;
  Baselines baselines_;
  std::uint32_t number_ = 0;
};

}  // namespace
}  // namespace picoctl::faults

int main(int argc, char** argv) {
  picoctl::faults::Options options;
  CLI::App app("Every fault at every place: nothing lost, nothing run twice.", "sweep");
  app.add_option("--seed", options.seed, "Of everything that is left to chance")
      ->capture_default_str();
  app.add_option("--pairs", options.pair_count, "Two faults: each pair of kinds so often");
  app.add_option("--random", options.random_count, "So many runs of one to three faults by chance");
  app.add_option("--replay", options.replay, "One case, as a failure names it");
  app.add_option("--jobs", options.jobs, "Processes")->capture_default_str();
  app.add_option("--json", options.json, "The table, for docs/generate.py");
  app.add_option("--bus", options.place.bus, "virtual:PATH: not a Pico of its own");
  app.add_option("--journal", options.place.journal, "That Pico's");
  app.add_option("--largest", options.place.largest, "Bytes that its longest echo takes");
  app.add_option("--cases", options.cases, "With --bus: how many")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return picoctl::faults::Sweep(options).run();
}
