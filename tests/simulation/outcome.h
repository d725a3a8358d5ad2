#pragma once

// What came of a run, and whether it is what an undisturbed engine makes of the same input.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "engine/runtime/engine.h"

namespace caseclock::simulation {

// What must not depend on what went wrong meanwhile.
struct Outcome {
  std::map<std::string, std::string> views;  // by case
  std::vector<std::string> backlogs;
  std::set<std::string> standing;      // alerts
  std::multiset<std::string> rejects;  // what and why, not where it stood
  std::map<std::string, int> told;     // by alert, revision and state: how often
};

// REQUIRES: the engine is idle and has all partitions.
Outcome Collect(log::Log* log, const runtime::TopicNames& topics, runtime::Engine* engine,
                const std::vector<std::string>& cases);

// One line for each difference, and for each alert told more than once.
std::vector<std::string> Compare(const Outcome& expected, const Outcome& found);

// What the recorded commit schedule says of everything told, one line for each difference.
std::vector<std::string> AuditSchedule(log::Log* log, const runtime::TopicNames& topics);

// Of every committed byte of every topic.
std::string Fingerprint(log::Log* log, const runtime::TopicNames& topics);

}  // namespace caseclock::simulation
