#pragma once

// What a policy set must keep of the one it follows. Cases live under the versions of the set in
// force, and alerts were told by them: a version stays as it is, to the last limit; new rules are a
// new version. Only the text of a rule's source may change, which nothing is judged by.

#include "engine/policy/load.h"

namespace caseclock::policy {

// Everything that `next` lost or changed, each at its place in `next`. REQUIRES: next.ok()
Problems CheckSuccession(const model::PolicySet& active, const LoadResult& next);

}  // namespace caseclock::policy
