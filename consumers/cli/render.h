#pragma once

// The JSON answers of the HTTP interface as tables and texts. `people`: what people look for, spans
// and groups as they read them; else, for CSV, all members of the JSON with their raw values, in
// columns that are always the same.

#include <string>

#include "consumers/cli/table.h"

namespace caseclock::cli {

// REQUIRES: what the interface answers; anything else gives an empty table.
Table BacklogTable(const std::string& json, bool people);
// Below it for people: the instant that the figures are of (two, where queues differ), and up to
// where everything is in them.
std::string BacklogNote(const std::string& json);
// The clocks of each queue.
Table ClockTable(const std::string& json, bool people);
// The screening decisions of each queue, by guidance, role and window.
Table ScreeningTable(const std::string& json, bool people);
// Handlers over the limit of a caseload, a row each, the first one of a queue with the queue's own
// figures; queues without a limit are left out.
Table CaseloadTable(const std::string& json, bool people);
Table AlertTable(const std::string& json, bool people);
// Where the event that takes an alert lies.
Table TakenTable(const std::string& json);
Table CaseTable(const std::string& json, bool people);
Table RejectTable(const std::string& json);
// From when a set of policies is in force: a sentence, and a row.
std::string ActivationText(const std::string& json);
Table ActivationTable(const std::string& json);
Table SourceTable(const std::string& json, bool people);
// For programs: a row an object of the list, a column a member, always the same ones; those of
// nested objects have dotted names (age_seconds.max). Lists, and objects whose members are names of
// a policy (by_risk, clocks), are one cell of JSON; null is empty.
Table FlatBacklogTable(const std::string& json);
Table FlatAlertTable(const std::string& json);
Table FlatCaseTable(const std::string& json);
Table FlatSourceTable(const std::string& json);
// The clocks of each queue in the same way.
Table FlatClockTable(const std::string& json);
Table FlatScreeningTable(const std::string& json);
// A row a handler over the limit, each with the queue's figures; one without a handler where nobody
// is over it.
Table FlatCaseloadTable(const std::string& json);
// A row a value, with the dotted name of where it stands; elements of lists are numbered from 0.
Table ValueTable(const std::string& json);
// A row a limit: workflow, version, clock, grade or class.
Table PolicyTable(const std::string& json);
// A case explained: where it stands, its ledger, and the arithmetic of its clocks.
// `width`: of the terminal; 0: it has none.
std::string CaseText(const std::string& json, bool colours, size_t width = 0);
Table LedgerTable(const std::string& json);

}  // namespace caseclock::cli
