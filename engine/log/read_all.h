#pragma once

// Reading what a partition holds by now.

#include <functional>

#include "engine/log/log.h"

namespace caseclock::log {

// Hands every record that is committed by now and that `reader` has not returned yet to `visit`, a
// batch of at most `max_records` at a time. Ends with the first error, of the log or of `visit`. On
// a log that is far away an empty Read says nothing; only Reader::at_end does.
base::Status ReadAll(Reader* reader, size_t max_records,
                     const std::function<base::Status(const RecordBatch&)>& visit);

}  // namespace caseclock::log
