#pragma once

// The events by which somebody takes an alert. Any thread.

#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "consumers/http/event_body.h"
#include "engine/base/instant.h"
#include "engine/base/result.h"
#include "engine/model/alert.h"

namespace caseclock::http {

struct Acknowledgement {
  std::string by;
  std::optional<base::Instant> until;
  std::string source = "caseclock-http";
};

// {"by": …, "until": …, "source": …}. Errors: kInvalid.
base::Result<Acknowledgement> ParseAcknowledgement(const std::string& body);
// Resolved or retracted: nobody needs to take it any more.
bool IsOver(const model::Alert& alert);
// Whether taking `alert` at `now` would change anything; else why not.
base::Status CheckAcknowledgement(const model::Alert& alert, const Acknowledgement& taken,
                                  base::Instant now);

class Acknowledgements {
 public:
  // The same as one made within the last second is the same event again, as a client sends it that
  // missed the answer. Every other one has an id of its own and happens after those before it, so
  // that of two the later one holds.
  CheckedEvent EventOf(const model::Alert& alert, const Acknowledgement& taken, base::Instant now);

 private:
  struct Made {
    base::Instant at;
    std::string what;
    CheckedEvent event;
  };
  std::mutex mutex_;
  std::deque<Made> made_;
  base::Instant last_ = base::kLongAgo;
};

}  // namespace caseclock::http
