#include "consumers/simulator/plan.h"

#include <algorithm>
#include <cstdio>

#include "consumers/simulator/handlers.h"
#include "engine/base/check.h"
#include "engine/codec/event_codec.h"

namespace caseclock::simulator {
namespace {

constexpr double kDuplicates = 0.01;  // events that their system sends twice
constexpr double kMistakes = 0.007;   // events entered in error, and voided

// Streams of random numbers; numbers never change, or old seeds give other histories.
enum Stream : uint64_t {
  kCaseStream = 100,
  kRepeatStream = 200,
  kCriteriaStream = 300,
  kScreenerStream = 500
};

struct Texts {
  std::string event_id, case_id, subject, repeat_of, target;
};

std::string EventId(const Planned& planned, uint64_t step) {
  return CaseId(planned) + "/" + std::to_string(step);
}

std::vector<Atom> CriteriaOf(uint64_t seed, const Planned& planned) {
  const Codes& codes = Codes::Get();
  Random random = Random::For(seed, kCriteriaStream, planned.number);
  std::vector<Atom> criteria;
  // Of those kept out, few should not have been: a doubtful decision now and then.
  if (planned.code == codes.out && !random.Chance(0.04)) return criteria;
  if (random.Chance(0.6)) criteria.push_back(codes.criterion_visible);
  if (random.Chance(0.3)) criteria.push_back(codes.criterion_judgement);
  if (random.Chance(0.2)) criteria.push_back(codes.criterion_escalation);
  uint32_t earlier = 0;
  if (RepeatOf(seed, planned.number, &earlier)) criteria.push_back(codes.criterion_repeat);
  return criteria;
}

// Supervisors screen, and a coordinator in their absence.
Atom ScreenerOf(uint64_t seed, const Planned& planned) {
  const Codes& codes = Codes::Get();
  Random random = Random::For(seed, kScreenerStream, planned.number);
  return random.Chance(0.8) ? codes.supervisor : codes.coordinator;
}

model::EventBody BodyOf(uint64_t seed, const std::string& force, const Planned& p, Texts* texts) {
  switch (p.type) {
    case model::EventType::kReferred: {
      model::Referred body;
      body.queue = Atom::Intern(force + "/" + std::string(QueueName(p.queue)));
      body.risk = p.code;
      body.origin = p.extra;
      texts->subject =
          p.plant ? "S-plant-" + std::to_string(p.number) : SubjectOf(seed, p.queue, p.number);
      body.subject = texts->subject;
      Planned earlier = p;
      if (!p.plant && p.queue == Queue::kMarac && RepeatOf(seed, p.number, &earlier.number)) {
        texts->repeat_of = CaseId(earlier);
        body.repeat_of = texts->repeat_of;
      }
      return body;
    }
    case model::EventType::kScreened:
      return model::Screened{p.code, CriteriaOf(seed, p), p.extra, static_cast<int32_t>(p.value),
                             ScreenerOf(seed, p)};
    case model::EventType::kAssessed: {
      model::Assessed body;
      body.tool = p.extra;
      body.tool_version = Codes::Of("2");
      body.grade = p.code;
      if (p.value != 0) body.score = static_cast<int32_t>(p.value);
      return body;
    }
    case model::EventType::kAssigned:
      return model::Assigned{p.code, p.extra};
    case model::EventType::kUnassigned:
      return model::Unassigned{p.code};
    case model::EventType::kStaged:
      return model::Staged{p.code};
    case model::EventType::kTransferred:
      return model::Transferred{Atom::Intern(force + "/" + p.code.str()), p.extra};
    case model::EventType::kPaused:
      return model::Paused{p.code};
    case model::EventType::kResumed:
      return model::Resumed{p.code};
    case model::EventType::kPerformed:
      return model::Performed{p.code, p.extra};
    case model::EventType::kScheduled:
      return model::Scheduled{p.code, Instant{p.value}, {}};
    case model::EventType::kIntervalSet:
      return model::IntervalSet{p.code, base::Period{0, 0, base::Duration{p.value}}, p.extra};
    case model::EventType::kOutcome:
      return model::OutcomeRecorded{p.code, {}};
    case model::EventType::kClosed:
      return model::Closed{p.code, {}};
    case model::EventType::kReopened:
      return model::Reopened{p.code};
    case model::EventType::kVoided:
      texts->target = EventId(p, static_cast<uint64_t>(p.value));
      return model::Voided{texts->target, p.code, {}};
    case model::EventType::kExtended:
    case model::EventType::kLinked:
    case model::EventType::kAcknowledged:
    case model::EventType::kNotified:
    case model::EventType::kPolicyMoved:
    case model::EventType::kQualified:
    case model::EventType::kAbsent:
      break;
  }
  CHECK(false);  // the plans make none of these
}

}  // namespace

std::string CaseId(const Planned& planned) {
  char text[32];
  std::snprintf(text, sizeof text, "%c-%s%06u", CaseLetter(planned.queue), planned.plant ? "P" : "",
                planned.number);
  return text;
}

bool RepeatOf(uint64_t seed, uint32_t number, uint32_t* earlier) {
  Random random = Random::For(seed, kRepeatStream, number);
  if (number < 20 || !random.Chance(0.31)) return false;
  *earlier = number - 1 - static_cast<uint32_t>(random.Below(std::min(number - 1, 4000U)));
  return true;
}

std::string SubjectOf(uint64_t seed, Queue queue, uint32_t number) {
  if (queue == Queue::kMarac) {
    while (RepeatOf(seed, number, &number)) {
    }
  }
  return std::string("S-") + CaseLetter(queue) + std::to_string(number);
}

std::string EncodePlanned(uint64_t seed, const std::string& force, const Planned& planned,
                          const std::string& event_id) {
  Texts texts;
  texts.case_id = CaseId(planned);
  texts.event_id = event_id.empty() ? EventId(planned, planned.step) : event_id;
  model::Event event;
  event.event_id = texts.event_id;
  event.source = Atom::Intern(SourceName(planned.queue));
  event.sequence = planned.step + 1U;
  event.case_id = texts.case_id;
  event.occurred_at = planned.occurred;
  event.body = BodyOf(seed, force, planned, &texts);
  std::string bytes;
  codec::EncodeEvent(event, &bytes);
  return bytes;
}

CasePlan::CasePlan(uint64_t seed, Queue queue, uint32_t number, Instant referred, double waits)
    : random(Random::For(seed, kCaseStream + static_cast<uint64_t>(queue), number)),
      queue_(queue),
      number_(number),
      waits_(waits),
      now_(referred) {
  steps_.reserve(12);
}

Planned& CasePlan::Add(model::EventType type, Atom code, Atom extra, double late) {
  Planned planned;
  planned.occurred = now_;
  // Typed up within minutes, or at the end of the shift, or the next day.
  planned.arrives = now_ + random.Between(base::Seconds(5), base::Seconds(600));
  if (random.Chance(late)) planned.arrives = now_ + random.Between(base::Hours(2), base::Hours(30));
  planned.code = code;
  planned.extra = extra;
  planned.number = number_;
  planned.step = static_cast<uint16_t>(steps_.size());
  planned.type = type;
  planned.queue = queue_;
  steps_.push_back(planned);
  return steps_.back();
}

Planned& CasePlan::Did(Atom activity, double late) {
  return Add(model::EventType::kPerformed, activity, Codes::Get().done, late);
}

void CasePlan::AssignSomebody(Atom role) {
  const std::string handler = std::string("h/") + std::string(QueueName(queue_)) + "/" +
                              std::to_string(1 + random.Below(kHandlers));
  Add(model::EventType::kAssigned, Atom::Intern(handler), role);
}

std::vector<Planned> CasePlan::Finish() {
  if (random.Chance(kMistakes * static_cast<double>(steps_.size()))) {
    // An outcome of another case, entered here and taken back within the day.
    Planned& wrong = Add(model::EventType::kOutcome, Atom::Intern("21"));
    wrong.occurred = steps_[steps_.size() / 2].occurred + base::Seconds(61);
    wrong.arrives = wrong.occurred + base::Seconds(30);
    const Planned kept = wrong;
    Planned& voided = Add(model::EventType::kVoided, Codes::Get().entered_in_error);
    voided.value = kept.step;
    voided.occurred = kept.occurred + random.Between(base::Hours(1), base::Hours(8));
    voided.arrives = voided.occurred + base::Seconds(20);
  }
  const size_t sent_once = steps_.size();
  for (size_t i = 0; i < sent_once; ++i) {
    if (!random.Chance(kDuplicates)) continue;
    Planned again = steps_[i];  // the same event, step and id included
    again.arrives = again.arrives + random.Between(base::Seconds(30), base::Hours(12));
    steps_.push_back(again);
  }
  return std::move(steps_);
}

std::vector<Planned> PlanCase(uint64_t seed, Queue queue, uint32_t number, Instant referred,
                              double waits) {
  CasePlan plan(seed, queue, number, referred, waits);
  switch (queue) {
    case Queue::kMarac:
      PlanMarac(seed, number, &plan);
      break;
    case Queue::kRso:
      PlanRso(&plan);
      break;
    case Queue::kOcset:
      PlanOcset(&plan);
      break;
    case Queue::kInvestigation:
      PlanInvestigation(&plan);
      break;
  }
  return plan.Finish();
}

}  // namespace caseclock::simulator
