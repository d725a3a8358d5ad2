#pragma once

// One event from one row of CSV. The header names the columns: those of the envelope (event_id,
// source, sequence, case_id, occurred_at, actor), `event` with the kind (referred, assigned, …),
// and the fields of the events by their names (queue, risk, handler, …). An empty cell says
// nothing; where `event` says nothing, the filled columns do if they are of one kind alone. A field
// whose name the envelope has too is written with its event in front: linked.case_id,
// voided.event_id; such a column counts for that event alone. Several criteria of `screened` stand
// in one cell, separated by ';'.

#include <string>
#include <vector>

#include "engine/base/result.h"

namespace caseclock::cli {

// What is wrong with a header, or nothing; with `names_too` also a column that is no field of any
// event, with the nearest that is. Errors: kInvalid.
base::Status CheckCsvHeader(const std::vector<std::string>& columns, bool names_too = true);
// The columns of each kind of event, a line a kind, for help.
std::string CsvColumnsText();

// The JSON form of the event of a row. Errors: kInvalid: a ragged row; no event named, nor told by
// the columns.
base::Result<std::string> CsvEventToJson(const std::vector<std::string>& columns,
                                         const std::vector<std::string>& fields);

}  // namespace caseclock::cli
