#pragma once

// Cases put there so that something is seen soon after a live simulation starts: rungs that fall
// due within two minutes of `start`, and late events that prove two of the breaches wrong. Each
// counts on one clock of deploy/policies; a test holds the limits used here against the files.

#include <cstdint>
#include <string_view>
#include <vector>

#include "consumers/simulator/plan.h"

namespace caseclock::simulator {

// What a plant counts on: the clock's limit for a grade, in exact time.
struct PlantBasis {
  Queue queue;
  std::string_view clock;
  std::string_view risk;
  base::Duration limit;
  int warning_percent;  // 0: the plant waits for the breach
};
inline constexpr PlantBasis kContactWarning = {Queue::kMarac, "idva_contact", "high",
                                               base::Hours(48), 75};
inline constexpr PlantBasis kContactBreach = {Queue::kMarac, "idva_contact", "high",
                                              base::Hours(48), 0};
inline constexpr PlantBasis kRecordWarning = {Queue::kInvestigation, "recorded", "high",
                                              base::Hours(24), 50};
inline constexpr PlantBasis kRecordBreach = {Queue::kInvestigation, "recorded", "medium",
                                             base::Hours(24), 0};
inline constexpr PlantBasis kEnforceBreach = {Queue::kOcset, "enforced", "very_high",
                                              base::Hours(24), 0};
// The interval that the plant's own plan sets for home visits.
inline constexpr base::Duration kPlantVisitInterval = base::Hours(72);

// Steps of all plants. `first`: number of the first plant; each session needs numbers of its own
// (SessionNumber of live.h).
std::vector<Planned> PlanPlants(Instant start, uint32_t first);

}  // namespace caseclock::simulator
