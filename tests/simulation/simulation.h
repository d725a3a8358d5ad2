#pragma once

// One simulated run: a seed decides what is fed, how the engines are set up, when they work, die,
// stand still and come back, what fails on the way, and in which order. Everything happens in the
// calling thread, on a clock of its own, so the same seed is the same run.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/clocks.h"
#include "tests/simulation/outcome.h"
#include "tests/simulation/process.h"
#include "tests/simulation/workload.h"

namespace caseclock::simulation {

struct Verdict {
  std::vector<std::string> complaints;  // empty: all is as it must be
  std::string shape;                    // of what kind the run was
  std::string fingerprint;              // of everything that was told
  // What happened, so that a test can see that something did.
  int starts = 0, kills = 0, ends = 0, fenced = 0, io_errors = 0, takeovers = 0;
  bool refused = false;  // it was torn, and said so
};

// Whether the environment asks for disks that fill up: CASECLOCK_FULL_DISKS.
bool WithFullDisks();

class Simulation {
 public:
  // `directory`: empty, for the stores.
  Simulation(uint64_t seed, std::string directory);
  Verdict Run();

 private:
  enum class Twins { kNone, kNoticed, kUnnoticed };
  void Shape();
  BrokerOptions MakeBrokerOptions();
  // The same at once, by one engine, with nothing going wrong.
  Outcome RunUndisturbed();
  void Prepare(log::Log* log);
  void Correct(log::Log* log, base::Instant now, base::Duration lead);
  void Feed(log::Log* log, size_t count);
  // Live: time goes on to `t`, and what is due by then on the side of policies happens.
  void GoOnTo(base::Instant t);
  [[nodiscard]] bool live() const { return options_.clock == runtime::ClockMode::kWall; }
  void Act();
  void LetPass();
  void Start(Process* process);
  void StandBy(Process* process);
  void Note(const Process& process);
  void Finish();
  void Check(Process* process, const Outcome& expected);
  void Complain(const std::string& line) { verdict_.complaints.push_back(line); }

  Random random_;
  const std::string directory_;
  Workload workload_;
  runtime::EngineOptions options_;
  Chaos chaos_;
  Twins twins_ = Twins::kNone;
  Random twin_random_;
  std::unique_ptr<Broker> broker_;
  std::unique_ptr<Clocks> clocks_;
  std::optional<base::Instant> corrected_at_;  // live: when the correction came into force
  std::unique_ptr<SimulatedLog> client_;       // of who feeds and looks
  size_t fed_ = 0;
  std::vector<std::unique_ptr<Process>> processes_;
  Verdict verdict_;
};

}  // namespace caseclock::simulation
