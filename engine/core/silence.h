#pragma once

// Silent sources: a records system that stopped sending. Each partition sees a part of what a
// source sends, so it keeps the gaps in that part which are longer than the source may be silent;
// where all partitions have a gap at once, the source was silent. Nothing ticks: silences of the
// past are found as well as the present one, in whatever steps time comes along. Pure.
//
//   events ──▶ Hear, in each partition ──▶ SilencesOf, over all ──▶ Judge ──▶ alerts to tell

#include <optional>
#include <span>
#include <vector>

#include "engine/model/alert.h"
#include "engine/model/policy.h"
#include "engine/model/records.h"
#include "engine/model/sources.h"

namespace caseclock::core {

// So many gaps a partition keeps of a source at most; older ones are lost. They are kept until they
// have been judged, which live is a matter of seconds.
inline constexpr size_t kGapsKept = 512;

// An event of `rule`'s source was taken. `judged`: gaps that ended by then are of no more use.
void Hear(const model::SourceRule& rule, const model::Hearing& heard, base::Instant judged,
          model::HeardSources* sources);
// What is known of a source; nullptr: nothing.
const model::SourceHeard* FindHeard(const model::HeardSources& sources, base::Atom source);

// A stretch in which a source was heard in no partition.
struct Silence {
  model::Hearing begin;               // the last event before it; of event 0: there was none
  std::optional<model::Hearing> end;  // the first one after it; absent: not yet
};
// In the order of time, the last one open. `partitions`: what each knows (nullptr: nothing). Of
// silences that have been judged the first ones may be missing.
std::vector<Silence> SilencesOf(std::span<const model::SourceHeard* const> partitions);

// The first instant at which a source that was last heard at `begin` may be called silent is after
// this one. kNever: the calendar has no hours.
base::Instant SilentAfter(const model::PolicySet& policies, const model::SourceRule& rule,
                          base::Instant begin);

// Since when a source is expected.
struct Expected {
  base::Instant from = base::kLongAgo;  // silences before it are not counted
  base::Instant if_never_heard;         // from when one counts that was never heard
};

struct Judgement {
  std::vector<model::Alert> told;  // in the order of time
  model::SourcesRecord record;     // after it
};
// Judges all silences up to `now`; everything that was heard by then is known. `expected`: one for
// one with the sources of `policies`. `partitions`: what each knows of all sources. `historical`:
// `now` lies far behind the wall clock, so alerts are told as of when they fell due, and marked.
// `before`: what the last judgement left.
Judgement Judge(const model::PolicySet& policies, std::span<const Expected> expected,
                std::span<const model::HeardSources* const> partitions, base::Instant now,
                bool historical, const model::SourcesRecord& before);

}  // namespace caseclock::core
