#include "engine/runtime/task.h"

#include <algorithm>
#include <cstdint>

#include "engine/base/check.h"
#include "engine/codec/case_codec.h"
#include "engine/runtime/arrival_headers.h"

namespace caseclock::runtime {
namespace {

using base::Instant;

// Records decoded ahead of stepping: enough for one MultiGet to be worth it, few enough for their
// cases to stay in the processor's cache.
constexpr size_t kSlice = 1024;

// A transaction is bounded, and so is the memory that one takes: beyond these one commits and goes
// on. A record is at most some MiB, and what it makes of its case a few times that.
constexpr size_t kManyBytes = size_t{32} << 20;

size_t BytesOf(const log::RecordView& record) {
  return record.value ? record.value->size() : 0;
}

Instant LatestOf(std::span<const log::RecordView> records) {
  Instant latest = base::kLongAgo;
  for (const log::RecordView& record : records) latest = std::max(latest, record.timestamp);
  return latest;
}

// Keeps the room of a small commit; that of a large one would lie idle in every other partition.
constexpr size_t kRoomKept = 256 << 10;

template <typename Buffer>
void Empty(Buffer* buffer) {
  if (buffer->capacity() * sizeof(*buffer->data()) > kRoomKept) *buffer = Buffer();
  buffer->clear();
}

}  // namespace

void Products::Clear(int64_t next_input) {
  Empty(&alerts);
  Empty(&alert_bytes);
  Empty(&alerts_to_tell);
  Empty(&rejects);
  Empty(&reroutes);
  Empty(&figures);
  Empty(&steps);
  input_from = input_to = next_input;
  input_records = 0;
  input_bytes = 0;
  clock_moved = historical = repair = partials = false;
}

Task::Task(Shared* shared, int32_t number)
    : shared_(shared), partition_(std::make_shared<Partition>(shared, number)), slots_(kSlice) {
  context_.decode = &codec::DecodeLedgerEntry;
}

void Task::SetContext(Instant now, Instant wall) {
  // The set in force then, not when the batch began: results must not depend on the batching.
  const auto& set = timeline_->At(now);
  if (set != policies_) {
    policies_ = set;
    known_queues_.clear();
    context_.policies = policies_.get();
    std::erase_if(partition_->heard, [&](const model::SourceHeard& heard) {
      return std::none_of(policies_->sources.begin(), policies_->sources.end(),
                          [&](const model::SourceRule& r) { return r.source == heard.source; });
    });
  }
  context_.timeline = timeline_->periods();
  context_.now = now;
  context_.historical = wall - now > kLiveLag;
  products.historical |= context_.historical;
}

model::CommitStep Task::NewStep(Instant wall, Instant limit) const {
  model::CommitStep step;
  step.input_to = products.input_to;
  step.clock = partition_->clock;
  step.wall = wall;
  step.limit = limit;
  step.policies = static_cast<int64_t>(timeline_->periods().size());
  return step;
}

base::Result<size_t> Task::Process(const log::RecordBatch& batch, size_t first, Instant wall) {
  timeline_ = shared_->policies.load();
  const auto records = batch.records().subspan(first);
  // A record's own time, but never beyond the wall clock: one producer's wrong timestamp must not
  // carry the partition away.
  const bool live = shared_->options.clock == ClockMode::kWall;
  model::CommitStep step = NewStep(wall, live ? wall : base::kNever);
  size_t taken = 0;
  bool fires = false;
  while (taken < records.size() && !fires && products.input_bytes < kManyBytes) {
    const auto slice = records.subspan(taken, NextSlice(records.subspan(taken), step));
    fires = slice.empty();
    if (auto status = ProcessSlice(slice, step); !status.ok()) return status.error();
    for (const log::RecordView& record : slice) products.input_bytes += BytesOf(record);
    taken += slice.size();
  }
  if (taken > 0) {
    products.input_to = step.input_to = records[taken - 1].offset + 1;
    products.steps.push_back(step);
    products.input_records += static_cast<int64_t>(taken);
    partition_->records_since_checkpoint += taken;
    shared_->counters.records.fetch_add(taken, std::memory_order_relaxed);
  }
  if (!fires) return taken;
  const base::Status fired = AdvanceTo(std::min(records[taken].timestamp, step.limit), wall);
  return fired.ok() ? base::Result<size_t>(taken) : fired.error();
}

size_t Task::NextSlice(std::span<const log::RecordView> records,
                       const model::CommitStep& step) const {
  const auto most = records.first(std::min(kSlice, records.size()));
  Instant before = base::kNever;
  // Live, only those of a record's own case fire ahead of it.
  if (!model::IsLive(step)) before = TooManyFrom(std::min(LatestOf(most), step.limit));
  size_t count = 0;
  size_t bytes = 0;
  for (; count < most.size() && bytes < kManyBytes; ++count) {
    if (std::min(most[count].timestamp, step.limit) >= before) break;
    bytes += BytesOf(most[count]);
  }
  return count;
}

Instant Task::TooManyFrom(Instant until) const {
  const HeadWindow& timers = partition_->timers;
  size_t due = 0;
  for (const HeadWindow::Entry& timer : timers.entries()) {
    if (timer.at > until) return base::kNever;
    if (++due > kTimersAtOnce) return timer.at;
  }
  if (timers.whole()) return base::kNever;
  return timers.empty() ? timers.Next() : timers.entries().rbegin()->at;  // nobody knows how many
}

base::Status Task::ProcessSlice(std::span<const log::RecordView> records,
                                const model::CommitStep& step) {
  ids_.clear();
  Instant latest = partition_->clock;
  for (size_t i = 0; i < records.size(); ++i) {
    Slot& slot = slots_[i];
    slot.usable = DecodeSlot(records[i], &slot);
    latest = std::max(latest, records[i].timestamp);
    if (!slot.usable) continue;
    slot.hash = CaseCache::HashOf(slot.event.case_id);
    ids_.push_back(slot.event.case_id);
  }
  const Instant until = model::IsLive(step) ? base::kLongAgo : std::min(latest, step.limit);
  if (auto status = LoadFor(until, kMostLoaded); !status.ok()) return status;
  for (size_t i = 0; i < records.size(); ++i) {
    const Instant at = std::min(records[i].timestamp, step.limit);
    if (!model::IsLive(step)) {
      const base::Status fired = FireTimers(at, step.wall, SIZE_MAX, SIZE_MAX);
      if (!fired.ok()) return fired;
    }
    partition_->clock = std::max(partition_->clock, at);
    if (!slots_[i].usable) continue;
    SetContext(partition_->clock, step.wall);
    HearSource(slots_[i]);
    if (!IsReferable(records[i], slots_[i].event)) continue;
    if (auto status = StepEvent(slots_[i], step); !status.ok()) return status;
    partition_->PackAllBut(shared_->options.decoded_cases);
  }
  return {};
}

// Brings the cases of the slice into memory, and those whose timers may fire in it.
base::Status Task::LoadFor(Instant until, size_t most) {
  for (const HeadWindow::Entry& timer : partition_->timers.entries()) {
    if (timer.at > until || ids_.size() >= most) break;
    ids_.push_back(timer.case_id);
  }
  return partition_->Load(ids_);
}

bool Task::DecodeSlot(const log::RecordView& record, Slot* slot) {
  headers_.clear();
  for (const log::HeaderView& header : record.headers) {
    headers_.emplace_back(header.key, header.value);
  }
  codec::WireRecord wire;
  wire.key = record.key;
  wire.value = record.value;
  wire.timestamp = record.timestamp;
  wire.headers = headers_;
  codec::Rejected rejected;
  if (!codec::DecodeRecord(wire, &slot->scratch, &slot->event, &rejected)) {
    Refuse(record, rejected.reason, codec::AllMessages(rejected));
    return false;
  }
  if (const base::Atom handler = model::HandlerOf(slot->event); !handler.empty()) {
    if (!IsRelayed(record, partition_->number())) Relay(record, handler);
    slot->register_id = model::RegisterId(handler);
    slot->event.case_id = slot->register_id;
    slot->arrival = ArrivalOf(record, partition_->number());
    return true;
  }
  const int32_t home = log::PartitionOf(slot->event.case_id, shared_->partitions);
  if (home != partition_->number()) {
    SendHome(record, slot->event, home);
    return false;
  }
  slot->arrival = ArrivalOf(record, partition_->number());
  return true;
}

// Whether the policies in force know the queue and the grade of a referral; if not, its record is
// refused: its case would be nowhere to be seen.
bool Task::IsReferable(const log::RecordView& record, const model::Event& event) {
  const auto* referred = std::get_if<model::Referred>(&event.body);
  if (referred == nullptr) return true;
  const auto [at, fresh] = known_queues_.try_emplace(referred->queue, nullptr);
  if (fresh) {
    const model::QueueBinding* binding = model::FindQueue(*policies_, referred->queue.view());
    if (binding != nullptr) at->second = model::FindWorkflow(*policies_, binding->workflow);
  }
  if (at->second == nullptr) {
    Refuse(record, model::RejectReason::kUnknownQueue,
           "Expected a queue that a policy names, but got " + referred->queue.str());
    return false;
  }
  if (referred->risk.empty()) return true;
  const model::WorkflowVersion* version = model::VersionAt(*at->second, event.occurred_at);
  const auto& risks = version->risks;
  if (std::find(risks.begin(), risks.end(), referred->risk) != risks.end()) return true;
  Refuse(record, model::RejectReason::kUnknownGrade,
         "Expected a grade that version " + version->version.str() + " of workflow " +
             at->second->name.str() + " knows, but got " + referred->risk.str());
  return false;
}

void Task::Refuse(const log::RecordView& record, model::RejectReason reason, std::string message) {
  model::Reject reject;
  if (record.key) reject.key.emplace(record.key->substr(0, model::kRejectKeyBytesKept));
  if (record.value) {
    reject.value_size = record.value->size();
    reject.value.emplace(record.value->substr(0, model::kRejectBytesKept));
  }
  size_t header_bytes = 0;
  for (const log::HeaderView& header : record.headers) {
    header_bytes += header.key.size() + header.value.size();
    if (header_bytes > model::kRejectHeaderBytesKept) break;
    reject.headers.push_back({std::string(header.key), std::string(header.value)});
  }
  reject.topic = shared_->options.topics.events;
  const model::Arrival arrival = ArrivalOf(record, partition_->number());
  reject.partition = arrival.partition;
  reject.offset = arrival.offset;
  reject.timestamp = record.timestamp;
  reject.reason = reason;
  reject.message = std::move(message);
  products.rejects.push_back(std::move(reject));
  shared_->counters.rejects.fetch_add(1, std::memory_order_relaxed);
}

namespace {

Reroute Forward(const log::RecordView& record, std::string_view key, int32_t from, int32_t to) {
  Reroute reroute;
  reroute.partition = to;
  reroute.key = key;
  reroute.value = *record.value;
  reroute.timestamp = record.timestamp;
  for (const log::HeaderView& header : record.headers) {
    reroute.headers.emplace_back(header.key, header.value);
  }
  AddArrivalHeaders(ArrivalOf(record, from), &reroute.headers);
  return reroute;
}

}  // namespace

void Task::SendHome(const log::RecordView& record, const model::Event& event, int32_t home) {
  products.reroutes.push_back(Forward(record, event.case_id, partition_->number(), home));
  shared_->counters.rerouted.fetch_add(1, std::memory_order_relaxed);
}

void Task::Relay(const log::RecordView& record, base::Atom handler) {
  for (int32_t to = 0; to < shared_->partitions; ++to) {
    if (to == partition_->number()) continue;
    Reroute reroute = Forward(record, handler.view(), partition_->number(), to);
    std::erase_if(reroute.headers,
                  [](const auto& header) { return header.first == kRelayedToHeader; });
    reroute.headers.emplace_back(kRelayedToHeader, std::to_string(to));
    products.reroutes.push_back(std::move(reroute));
    shared_->counters.relayed.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace caseclock::runtime
