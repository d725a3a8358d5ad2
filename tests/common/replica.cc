#include "tests/common/replica.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/time_text.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/output_codec.h"
#include "engine/core/facts.h"

namespace caseclock::tests {
namespace {

using base::Instant;
using model::ClosedPage;

// What fell due longer ago than this by the wall clock is told as of its own instant, as
// historical; anything else as of when it was noticed.
constexpr base::Duration kLiveLag = base::Seconds(5);

constexpr char kOriginPartition[] = "caseclock-origin-partition";
constexpr char kOriginOffset[] = "caseclock-origin-offset";
constexpr char kRelayedTo[] = "caseclock-relayed-to";

// Which closed page of the case holds an event id.
std::optional<uint32_t> ClosedPageOf(const Replica::Case& one, uint64_t fingerprint) {
  for (const auto& [index, page] : one.pages) {
    if (index >= one.state.page.index) break;  // since merged into the newest
    const auto& held = page.page.fingerprints;
    if (std::find(held.begin(), held.end(), fingerprint) != held.end()) return index;
  }
  return std::nullopt;
}

OwnRecord AlertRecord(const model::Alert& alert, const std::string& time) {
  OwnRecord record;
  record.key = base::ToHex(alert.id);
  codec::EncodeAlert(alert, &record.value.emplace());
  record.headers = {
      {"ce_specversion", "1.0"},
      {"ce_id", *record.key + "/" + std::to_string(alert.revision) + "/" +
                    std::to_string(alert.transitions.size())},
      {"ce_source", "caseclock"},
      {"ce_type", "caseclock.alert." + std::string(model::AlertStateName(alert.state)) + ".v1"},
      {"ce_time", time},
      {"ce_subject", alert.case_id},
      {"content-type", "application/protobuf"},
  };
  return record;
}

OwnRecord RejectRecord(const model::Reject& reject) {
  OwnRecord record;
  record.key = reject.key;
  codec::EncodeReject(reject, &record.value.emplace());
  record.headers = {
      {"ce_specversion", "1.0"},
      {"ce_id",
       reject.topic + "/" + std::to_string(reject.partition) + "/" + std::to_string(reject.offset)},
      {"ce_source", "caseclock"},
      {"ce_type", "caseclock.reject.v1"},
      {"ce_time", base::FormatInstant(reject.timestamp)},
      {"content-type", "application/protobuf"},
  };
  return record;
}

}  // namespace

void Timeline::Add(Instant effective_from, model::PolicySet set) {
  sets_.push_back(std::move(set));
  periods_.push_back({effective_from, &sets_.back()});
}

std::span<const model::PolicyPeriod> Timeline::First(size_t known) const {
  CHECK(0 < known && known <= periods_.size());
  return std::span(periods_).first(known);
}

const model::PolicySet& Timeline::At(Instant t, size_t known) const {
  const auto periods = First(known);
  const model::PolicySet* found = periods.front().set;
  for (const auto& [from, set] : periods) {
    if (from <= t) found = set;
  }
  return *found;
}

Replica::Replica(std::string topic, int32_t number, int32_t partitions, const Timeline* timeline)
    : topic_(std::move(topic)), number_(number), partitions_(partitions), timeline_(timeline) {
  context_.decode = &codec::DecodeLedgerEntry;
}

void Replica::SetNow(Instant now) {
  const auto known = static_cast<size_t>(step_.policies);
  clock_ = std::max(clock_, now);
  context_.now = clock_;
  context_.historical = step_.wall - clock_ > kLiveLag;
  context_.policies = &timeline_->At(clock_, known);
  context_.timeline = timeline_->First(known);
}

void Replica::Begin(const model::CommitStep& step) {
  step_ = step;
  live_ = step.limit != base::kNever && step.clock + kLiveLag >= step.wall;
  clock_ = std::max(clock_, step.clock);
}

Replica::Case* Replica::Touch(std::string_view case_id) {
  Case& one = cases_[std::string(case_id)];
  if (!one.touched) touched_.push_back(&one);
  one.touched = true;
  one.state.case_id = case_id;
  return &one;
}

void Replica::FireTimers(Instant until, int64_t most) {
  for (; most > 0 && !timers_.empty() && timers_.begin()->first <= until; --most) {
    const auto [at, case_id] = *timers_.begin();
    Case* one = Touch(case_id);
    CHECK(one->state.timer_at == at);
    FireTimer(one, until);
  }
}

void Replica::FireTimer(Case* one, Instant until) {
  const Instant at = one->state.timer_at;
  const Instant noticed = step_.wall - at > kLiveLag ? at : std::min(until, step_.wall);
  SetNow(std::max(at, noticed));
  core::StepTick(context_, &one->state, &outcome_);
  CHECK(one->state.timer_at > clock_);
  TakeOutcome(one, at);
}

void Replica::RunOn() {
  FireTimers(step_.limit, step_.timers);
  if (timers_.empty() || timers_.begin()->first > step_.limit) SetNow(step_.limit);
}

void Replica::Follow() {
  SetNow(clock_);
  for (auto at = cases_.upper_bound(step_.follow_after);
       at != cases_.end() && at->first <= step_.follow_to; ++at) {
    const Instant timer_before = at->second.state.timer_at;
    core::StepFollow(context_, &at->second.state, &outcome_);
    if (outcome_.changed) TakeOutcome(Touch(at->first), timer_before);
  }
}

void Replica::Take(const OwnRecord& record) {
  const Instant at = std::min(record.timestamp, step_.limit);
  if (!live_) FireTimers(at, INT64_MAX);
  SetNow(at);
  codec::WireRecord wire;
  if (record.key) wire.key = *record.key;
  if (record.value) wire.value = *record.value;
  wire.timestamp = record.timestamp;
  std::vector<std::pair<std::string_view, std::string_view>> headers(record.headers.begin(),
                                                                     record.headers.end());
  wire.headers = headers;
  model::Event event;
  codec::Rejected rejected;
  if (!codec::DecodeRecord(wire, &scratch_, &event, &rejected)) {
    Refuse(record, rejected.reason, codec::AllMessages(rejected));
    return;
  }
  if (const base::Atom handler = model::HandlerOf(event); !handler.empty()) {
    TakeFact(record, handler, &event);
    return;
  }
  const int32_t home = log::PartitionOf(event.case_id, partitions_);
  if (home != number_) {
    SendHome(record, event, home);
    return;
  }
  const auto* referred = std::get_if<model::Referred>(&event.body);
  if (referred != nullptr && !IsReferable(record, event, *referred)) return;
  if (const auto* assigned = std::get_if<model::Assigned>(&event.body)) {
    const auto known = cases_.find(model::RegisterId(assigned->handler));
    const auto taker = cases_.find(std::string(event.case_id));
    const bool names =
        taker != cases_.end() &&
        core::NamedSince(taker->second.state, assigned->handler) <= event.occurred_at;
    if (known != cases_.end() && !names) {
      TakeKnownFacts(known->second, {event.case_id, event.occurred_at});
    }
  }
  PutEvent(event, ArrivalOf(record));
}

// What is known of a handler lies under his id like a case; every case that names him has a copy.
void Replica::TakeFact(const OwnRecord& record, base::Atom handler, model::Event* event) {
  const model::Arrival arrival = ArrivalOf(record);
  const bool relayed =
      std::any_of(record.headers.begin(), record.headers.end(), [&](const auto& header) {
        return header.first == kRelayedTo && header.second == std::to_string(number_);
      });
  for (int32_t to = 0; to < partitions_ && !relayed; ++to) {
    if (to == number_) continue;
    OwnRecord& sent = rerouted_[to].emplace_back(Moved(record, handler.view()));
    std::erase_if(sent.headers, [](const auto& header) { return header.first == kRelayedTo; });
    sent.headers.emplace_back(kRelayedTo, std::to_string(to));
  }
  const std::string id = model::RegisterId(handler);
  event->case_id = id;
  PutEvent(*event, arrival);
  if (!outcome_.changed) return;
  std::vector<std::string> named;
  for (const auto& [case_id, one] : cases_) {
    if (core::NamedSince(one.state, handler) != base::kNever) named.push_back(case_id);
  }
  for (const std::string& case_id : named) {
    const core::FactTaker taker{case_id, core::NamedSince(cases_[case_id].state, handler)};
    core::ForEachCaseEntry(*event, taker,
                           [&](const model::Event& entry) { PutEvent(entry, arrival); });
  }
}

void Replica::TakeKnownFacts(const Case& handler, const core::FactTaker& taker) {
  std::vector<ClosedPage> pages;
  for (const auto& [index, page] : handler.pages) {
    if (index < handler.state.page.index) pages.push_back(page);
  }
  core::ForEachKnownFact(
      context_.decode, pages, handler.state, taker,
      [&](const model::Event& fact, const model::Arrival& arrival) { PutEvent(fact, arrival); });
}

bool Replica::IsReferable(const OwnRecord& record, const model::Event& event,
                          const model::Referred& referred) {
  const model::PolicySet& set = *context_.policies;
  const model::QueueBinding* binding = FindQueue(set, referred.queue.view());
  if (binding == nullptr) {
    Refuse(record, model::RejectReason::kUnknownQueue,
           "Expected a queue that a policy names, but got " + referred.queue.str());
    return false;
  }
  const model::WorkflowVersion* version =
      VersionAt(*FindWorkflow(set, binding->workflow), event.occurred_at);
  const auto& risks = version->risks;
  const bool known = std::find(risks.begin(), risks.end(), referred.risk) != risks.end();
  if (referred.risk.empty() || known) return true;
  Refuse(record, model::RejectReason::kUnknownGrade,
         "Expected a grade that version " + version->version.str() + " of workflow " +
             binding->workflow.str() + " knows, but got " + referred.risk.str());
  return false;
}

void Replica::PutEvent(const model::Event& event, const model::Arrival& arrival) {
  Case* one = Touch(event.case_id);
  // Live, a record waits for what is due of its own case alone.
  while (live_ && one->state.timer_at <= clock_) FireTimer(one, clock_);
  core::EventInput input;
  input.event = &event;
  input.arrival = arrival;
  std::string entry;
  codec::EncodeLedgerEntry(event, input.arrival, &entry);
  input.entry = entry;
  input.closed_page_of_id =
      ClosedPageOf(*one, model::EventFingerprint(event.source, event.event_id));
  if (const auto* voided = std::get_if<model::Voided>(&event.body)) {
    input.closed_page_of_target =
        ClosedPageOf(*one, model::EventFingerprint(event.source, voided->event_id));
  }
  const Instant timer_before = one->state.timer_at;
  std::vector<ClosedPage> loaded;
  core::Step(context_, input, loaded, &one->state, &outcome_);
  while (outcome_.need_page) {
    loaded.insert(loaded.begin(), one->pages.at(*outcome_.need_page));
    core::Step(context_, input, loaded, &one->state, &outcome_);
  }
  TakeOutcome(one, timer_before);
}

void Replica::TakeOutcome(Case* one, Instant timer_before) {
  if (!outcome_.changed) return;
  one->changed = true;
  timers_.erase({timer_before, one->state.case_id});
  if (one->state.timer_at != base::kNever) {
    timers_.insert({one->state.timer_at, one->state.case_id});
  }
  for (const ClosedPage& page : outcome_.pages) {
    one->pages[page.page.index] = page;
    std::string& bytes = one->new_pages[page.page.index];
    bytes.clear();
    codec::EncodePage(one->state.case_id, page, &bytes);
  }
  facts_.insert(facts_.end(), outcome_.figures.begin(), outcome_.figures.end());
  std::move(outcome_.alerts.begin(), outcome_.alerts.end(), std::back_inserter(alerts_));
}

model::Arrival Replica::ArrivalOf(const OwnRecord& record) const {
  model::Arrival arrival{number_, record.offset, record.timestamp};
  for (const auto& [key, value] : record.headers) {
    if (key == kOriginPartition) arrival.partition = std::stoi(value);
    if (key == kOriginOffset) arrival.offset = std::stoll(value);
  }
  return arrival;
}

void Replica::Refuse(const OwnRecord& record, model::RejectReason reason, std::string message) {
  model::Reject& reject = rejects_.emplace_back();
  if (record.key) reject.key = record.key->substr(0, model::kRejectKeyBytesKept);
  if (record.value) {
    reject.value_size = record.value->size();
    reject.value = record.value->substr(0, model::kRejectBytesKept);
  }
  size_t header_bytes = 0;
  for (const auto& [key, value] : record.headers) {
    header_bytes += key.size() + value.size();
    if (header_bytes > model::kRejectHeaderBytesKept) break;
    reject.headers.push_back({key, value});
  }
  reject.topic = topic_;
  const model::Arrival arrival = ArrivalOf(record);
  reject.partition = arrival.partition;
  reject.offset = arrival.offset;
  reject.timestamp = record.timestamp;
  reject.reason = reason;
  reject.message = std::move(message);
}

void Replica::SendHome(const OwnRecord& record, const model::Event& event, int32_t home) {
  rerouted_[home].push_back(Moved(record, event.case_id));
}

OwnRecord Replica::Moved(const OwnRecord& record, std::string_view key) const {
  OwnRecord sent = record;
  sent.key = key;
  const model::Arrival arrival = ArrivalOf(record);
  std::erase_if(sent.headers, [](const auto& header) {
    return header.first == kOriginPartition || header.first == kOriginOffset;
  });
  sent.headers.emplace_back(kOriginPartition, std::to_string(arrival.partition));
  sent.headers.emplace_back(kOriginOffset, std::to_string(arrival.offset));
  return sent;
}

Told Replica::Commit(Instant clock) {
  clock_ = std::max(clock_, clock);
  Told told;
  for (Case* one : touched_) {
    one->touched = false;
    if (!std::exchange(one->changed, false)) continue;
    for (auto& [index, bytes] : one->new_pages) {
      OwnRecord& page = told.cases.emplace_back();
      page.key = codec::PageKey(one->state.case_id, index);
      page.value = std::move(bytes);
    }
    one->new_pages.clear();
    OwnRecord& record = told.cases.emplace_back();
    record.key = one->state.case_id;
    codec::EncodeCase(one->state, &record.value.emplace());
  }
  touched_.clear();
  const std::string time = base::FormatInstant(clock_);
  for (const model::Alert& alert : alerts_) told.alerts.push_back(AlertRecord(alert, time));
  alerts_.clear();
  std::sort(rejects_.begin(), rejects_.end(), [](const auto& a, const auto& b) {
    return std::pair(a.partition, a.offset) < std::pair(b.partition, b.offset);
  });
  for (const model::Reject& reject : rejects_) told.rejects.push_back(RejectRecord(reject));
  rejects_.clear();
  told.rerouted = std::exchange(rerouted_, {});
  figures_.Apply(facts_);
  facts_.clear();
  return told;
}

core::Figures Replica::FiguresOfLedgers() const {
  core::Figures figures;
  std::vector<model::FigureDelta> facts;
  for (const auto& [id, one] : cases_) {
    std::vector<ClosedPage> pages;
    for (const auto& [index, page] : one.pages) {
      if (index < one.state.page.index) pages.push_back(page);
    }
    core::CaseFacts(context_, pages, one.state, &facts);
  }
  figures.Apply(facts);
  return figures;
}

}  // namespace caseclock::tests
