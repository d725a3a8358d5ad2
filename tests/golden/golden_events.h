#pragma once

// One event of each type, every field set.

#include "engine/model/event.h"
#include "tests/common/sample_values.h"

namespace caseclock::codec {

inline constexpr base::Hash128 kAlertId{0x0123456789abcdefU, 0xfedcba9876543210U};

inline std::vector<model::EventBody> GoldenBodies() {
  using namespace model;
  return {
      Referred{A("wmp/marac"), A("high"), A("dash"), "S-88", "C-000001"},
      Screened{A("in"), {A("14-ticks"), A("escalation")}, A("dash-2026"), 17},
      Assessed{A("arms"), A("2.1"), A("very-high"), -3},
      Assigned{A("h-17"), A("lead")},
      Unassigned{A("rota")},
      Staged{A("listed")},
      Transferred{A("wmp/rso"), A("moved-area")},
      Paused{A("custody")},
      Resumed{A("custody")},
      Performed{A("home_visit"), A("seen")},
      Scheduled{A("hearing"), Minute(10'000), "M-2026-04"},
      IntervalSet{A("visit"), base::Period{6, 0, {}}, A("di")},
      Extended{A("bail"), Minute(90'000), A("superintendent")},
      OutcomeRecorded{A("1"), "rms/000099"},
      Closed{A("merged"), "C-000002"},
      Reopened{A("appeal")},
      Linked{A("same_subject"), "C-000003"},
      Voided{"rms/000100", A("wrong-case"), {}},
      Acknowledged{kAlertId, Minute(60)},
      Notified{kAlertId, A("duty-di"), A("delivered")},
      PolicyMoved{A("2026-11"), A("new-guidance")},
      Qualified{A("h-17"), A("mosovo"), Minute(-500'000), Minute(1'000'000)},
      Absent{A("h-17"), Minute(10), Minute(20'000)},
  };
}

// Fields that came later: the same event without them has a file of its own.
inline model::EventBody GoldenScreenedByRole() {
  return model::Screened{A("out"), {}, A("dash-2026"), 9, A("supervisor")};
}

inline model::Event GoldenEvent(model::EventBody body) {
  model::Event event;
  event.event_id = "rms/000123";
  event.source = A("rms");
  event.sequence = 300;
  event.case_id = "C-000123";
  event.occurred_at = base::Instant{Minute(0).us + 250'000};
  event.actor = "U-7";
  event.body = std::move(body);
  if (!model::HandlerOf(event).empty()) event.case_id = {};
  return event;
}

}  // namespace caseclock::codec
