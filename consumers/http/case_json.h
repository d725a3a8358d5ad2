#pragma once

// A case for people and tools, as JSON: where it stands, every entry of its ledger with what became
// of it, and every clock with the arithmetic of its due instant. Pure.

#include <optional>
#include <string>

#include "engine/core/explain.h"
#include "engine/model/case_state.h"
#include "engine/model/records.h"

namespace caseclock::http {

// `now`: the instant that the explanation was made for. `migration`: that filled the log, absent
// where none did; places of records that it carried are those of its source.
std::string ExplanationToJson(const model::CaseState& state, const core::Explanation& explanation,
                              base::Instant now,
                              const std::optional<model::MigrationRecord>& migration);

}  // namespace caseclock::http
