#pragma once

// Putting a set of policies into force, and saying from when it is.

#include <functional>
#include <string>
#include <vector>

#include "engine/base/instant.h"
#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/model/records.h"
#include "engine/runtime/engine.h"

namespace caseclock::http {

// As runtime::ActivatePolicies; answers the activation that the log holds last: this one, or the
// one by which the same content was active already.
base::Result<model::ActivationRecord> Activate(log::Log* log, const runtime::TopicNames& topics,
                                               const std::vector<model::PolicyText>& files,
                                               const std::function<base::Instant()>& clock,
                                               const std::string& by, base::Duration lead = {});

// {"activated":true,"hash":…,"in_force_from":…,"in_force":…}; in force from null: always, as the
// first set of a log is.
std::string ActivationToJson(const model::ActivationRecord& activation, base::Instant now);

}  // namespace caseclock::http
