#pragma once

// The JSON answers of the HTTP interface as tables and texts. `people`: spans and groups as people
// read them; else plain numbers, for CSV.

#include <string>

#include "consumers/cli/table.h"

namespace caseclock::cli {

// REQUIRES: what the interface answers; anything else gives an empty table.
Table BacklogTable(const std::string& json, bool people);
// The clocks of each queue.
Table ClockTable(const std::string& json, bool people);
Table AlertTable(const std::string& json, bool people);
Table CaseTable(const std::string& json, bool people);
Table RejectTable(const std::string& json);
// A case explained: where it stands, its ledger, and the arithmetic of its clocks.
std::string CaseText(const std::string& json, bool colours);
Table LedgerTable(const std::string& json);

}  // namespace caseclock::cli
