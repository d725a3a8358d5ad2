#pragma once

// The clocks of a case explained, as JSON: the arithmetic of each due instant with the events that
// caused it.

#include "consumers/http/json_text.h"
#include "engine/core/explain.h"

namespace caseclock::http {

void WriteLiveClock(const core::ExplainedClock& clock, base::Instant now, JsonWriter* json);
void WriteEndedCycle(const core::EndedCycle& ended, JsonWriter* json);

}  // namespace caseclock::http
