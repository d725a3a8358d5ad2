#pragma once

// What the topics of a log hold, without working anything out: how often each step of an alert was
// told, what waits for the engines, and the views of all cases. One thread.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/log.h"
#include "tests/common/auditor.h"

namespace caseclock::tests {

struct Tellings {
  int64_t told = 0;     // records of `alerts`
  int64_t doubled = 0;  // of them, those that tell a step once more
  std::vector<std::string> complaints;
};

// Each (alert id, revision, number of its transition) must be there once. Errors: of the log;
// kCorrupt for what is no alert.
base::Result<Tellings> CountTellings(log::Log* log, const std::string& topic);

// The input that no commit record covers, and where the group stands if it is not where the commit
// records end; one line each, none if all is well. An empty `group` is not looked at.
base::Result<std::vector<std::string>> Unfinished(log::Log* log, const AuditTopics& topics,
                                                  const std::string& group, const Auditor& auditor);

// By case id, the hash of its view as the last record of the case has it.
base::Result<std::map<std::string, std::string>> Views(log::Log* log, const std::string& topic);

}  // namespace caseclock::tests
