#pragma once

// The arithmetic of due instants, and what alerts say, as scripts write it.

#include <optional>
#include <string>
#include <vector>

#include "engine/model/alert.h"
#include "engine/model/proof.h"

namespace caseclock::tests {

// "e1,e2:custody,e5": by the event each stretch began with, excluded ones with their reason; at the
// end "|e9" where an event ended the last one.
std::string SegmentsText(const std::vector<model::Segment>& segments);
// "rebased by=e3 from=none to=2026-03-02T19:00:00Z"
std::string MoveText(const model::DueMove& move);
// "interval e4 di U-7": by which event, under which authority and by whom; "-": not said.
std::string GrantText(const model::Grant& grant);
// What an alert says under a word of a line `told`, with its proof; nullopt: there is no such word.
std::optional<std::string> SaidOf(const model::Alert& alert, const std::string& word);

}  // namespace caseclock::tests
