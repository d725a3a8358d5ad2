#pragma once

// What is known of sources, within other messages. Private to the codec.

#include "caseclock/v1/sources.pb.h"
#include "engine/codec/generated.h"
#include "engine/model/sources.h"

namespace caseclock::codec {

inline void SetHearing(const model::Hearing& hearing, v1::Hearing* message) {
  SetInstant(hearing.at, message->mutable_at());
  message->set_event(hearing.event);
  message->set_partition(hearing.partition);
  message->set_offset(hearing.offset);
}
inline model::Hearing GetHearing(const v1::Hearing& message) {
  return {GetInstant(message.at()), message.event(), message.partition(), message.offset()};
}

template <typename Repeated>
void SetHeard(const model::HeardSources& sources, Repeated* messages) {
  for (const model::SourceHeard& heard : sources) {
    v1::SourceHeard* added = messages->Add();
    added->set_source(heard.source.str());
    SetHearing(heard.last, added->mutable_last());
    for (const model::SourceGap& gap : heard.gaps) {
      v1::SourceGap* kept = added->add_gaps();
      SetHearing(gap.from, kept->mutable_from());
      SetHearing(gap.to, kept->mutable_to());
    }
  }
}

template <typename Repeated>
void GetHeard(const Repeated& messages, model::HeardSources* sources) {
  for (const v1::SourceHeard& message : messages) {
    model::SourceHeard& heard = sources->emplace_back();
    heard.source = base::Atom::Intern(message.source());
    heard.last = GetHearing(message.last());
    for (const v1::SourceGap& gap : message.gaps()) {
      heard.gaps.push_back({GetHearing(gap.from()), GetHearing(gap.to())});
    }
  }
}

}  // namespace caseclock::codec
