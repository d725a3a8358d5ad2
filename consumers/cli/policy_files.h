#pragma once

// Policy files as commands name them: a directory, or single files; and where the shipped ones lie.

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/records.h"
#include "engine/policy/load.h"

namespace caseclock::cli {

// Loads files and directories together as one set. Errors: kNotFound.
base::Result<policy::LoadResult> LoadPolicies(const std::vector<std::string>& paths);
// Files together with the other policy files of the one folder that they are in. Absent: they are
// not files of one folder, or there are no others.
std::optional<policy::LoadResult> LoadNeighbours(const std::vector<std::string>& files);
// Prints every problem on standard error, as file:line: message.
void PrintProblems(const policy::Problems& problems);
// Adds what calendars lack from `now` on to the problems of a set that has loaded.
void AddHorizon(base::Instant now, policy::LoadResult* loaded);
// The files as the log takes them.
std::vector<model::PolicyText> TextsOf(const policy::LoadResult& loaded);

// `named`, or where it is empty those that are shipped: deploy/policies of the tree that the
// program was built in (build/release/caseclock → ../../deploy/policies), else
// share/caseclock/policies beside its bin or below /usr. Errors: kConfig, they lie nowhere.
base::Result<std::string> PoliciesOr(const std::string& named);

}  // namespace caseclock::cli
