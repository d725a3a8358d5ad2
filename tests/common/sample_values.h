#pragma once

// Words, times and a case under way, for tests and benchmarks of what is stored. Golden bytes are
// made of them: what stands here never changes.

#include <string_view>

#include "engine/model/case_state.h"

namespace caseclock::codec {

inline model::Atom A(std::string_view text) {
  return model::Atom::Intern(text);
}

// Minutes after 2026-03-02T10:15:00Z.
inline base::Instant Minute(int64_t n) {
  return base::Instant::FromSeconds(1'772'446'500 + n * 60);
}

// Referred at Minute(0), screened in and listed; no clocks yet.
inline model::CaseView ListedView() {
  model::CaseView view;
  view.referred = true;
  view.queue = A("wmp/marac");
  view.workflow = A("marac");
  view.policy_version = A("2026-01");
  view.stage = A("listed");
  view.risk = A("high");
  view.handler = A("h-17");
  view.origin = A("dash");
  view.screening = A("in");
  view.opened_at = Minute(0);
  return view;
}

}  // namespace caseclock::codec
