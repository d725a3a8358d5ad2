#include "engine/runtime/alert_feed.h"

#include <utility>

#include "engine/codec/output_codec.h"
#include "engine/host/log.h"
#include "engine/log/read_all.h"

namespace caseclock::runtime {
namespace {

// On Kafka each is a client with connections of its own, and the publisher waits for it.
constexpr int kOpenedInARound = 8;
// A partition without a leader takes a timeout each time that it is tried.
constexpr int kRestAfterFailure = 10;

}  // namespace

using base::Status;

void AlertFeed::Work(const std::set<int32_t>& own, bool teller) {
  if (!shared_->subscribers.any()) return Stop();
  if (const Status status = Follow(own, teller); !status.ok()) return Fail(status.error());
  for (int32_t number = 0; number < shared_->partitions; ++number) {
    if (IsNeeded(number) && !readers_.contains(number)) return;
  }
  if (std::exchange(failing_, false)) {
    host::LogInfo("alerts of other engines are streamed again");
  }
  if (std::exchange(missed_, false)) Tell(EngineEvent::Kind::kResync, nullptr);
}

void AlertFeed::Stop() {
  followed_ = missed_ = false;
  rounds_to_rest_ = 0;
  readers_.clear();
}

Status AlertFeed::Follow(const std::set<int32_t>& own, bool teller) {
  const bool first = !std::exchange(followed_, true);
  if (first || own != own_ || teller != teller_) {
    // What lies there by now this engine has told of what it had or has: not what others told last
    // of what it has only now, but that is asked for.
    own_.insert(own.begin(), own.end());
    teller_ |= teller;
    const Status read = Read();
    own_ = own;
    teller_ = teller;
    std::erase_if(readers_, [&](const auto& reader) { return !IsNeeded(reader.first); });
    // Who has only now become the one that tells of a partition may not have been told of what the
    // one before told last.
    missed_ = !first || own.size() != static_cast<size_t>(shared_->partitions);
    if (!read.ok()) return read;
  }
  // What is open is read whatever becomes of the others.
  const Status opened = Open();
  const Status read = Read();
  return opened.ok() ? read : opened;
}

Status AlertFeed::Open() {
  if (rounds_to_rest_ > 0) {
    --rounds_to_rest_;
    return {};
  }
  int opened = 0;
  for (int32_t i = 0; i < shared_->partitions && opened < kOpenedInARound; ++i) {
    // After one that failed the others have their turn.
    const int32_t number = std::exchange(next_, (next_ + 1) % shared_->partitions);
    if (!IsNeeded(number) || readers_.contains(number)) continue;
    const log::TopicPartition partition{shared_->options.topics.alerts, number};
    const auto bounds = shared_->log->Bounds(partition);
    if (!bounds.ok()) return bounds.status();
    auto reader = shared_->log->Open(partition, bounds.value().end);
    if (!reader.ok()) return reader.status();
    readers_[number] = std::move(reader).value();
    ++opened;
  }
  return {};
}

Status AlertFeed::Read() {
  for (auto at = readers_.begin(); at != readers_.end(); ++at) {
    const int32_t number = at->first;
    const auto take = [&](const log::RecordBatch& batch) {
      // Its own it may also have become since the round began.
      const bool own = own_.contains(number) || shared_->table.Look().map().contains(number);
      for (const log::RecordView& record : batch.records()) Take(record, number, own);
      return Status();
    };
    Status read = log::ReadAll(at->second.get(), 1024, take);
    if (read.ok()) continue;
    readers_.erase(at);  // it may have stopped in the middle
    return read;
  }
  return {};
}

void AlertFeed::Take(const log::RecordView& record, int32_t partition, bool own) {
  if (!record.key || !record.value) return;
  if (record.value->starts_with('{')) {
    if (std::exchange(json_told_, true)) return;
    host::LogWarning(
        "alerts are in JSON, which is not read back: listeners hear of none that "
        "other engines tell");
    return;
  }
  auto alert = std::make_shared<model::Alert>();
  if (auto decoded = codec::DecodeAlert(*record.value, alert.get()); !decoded.ok()) {
    host::LogWarning(
        "an alert of another engine cannot be read",
        {{"partition", partition}, {"offset", record.offset}, {"cause", decoded.error().message}});
    missed_ = true;  // who asks for it hears why
    return;
  }
  const bool told = alert->source.empty() ? own : teller_;
  if (!told) Tell(EngineEvent::Kind::kAlert, std::move(alert));
}

void AlertFeed::Fail(const base::Error& error) {
  missed_ = true;
  rounds_to_rest_ = kRestAfterFailure;
  if (std::exchange(failing_, true)) return;
  host::LogWarning("listeners do not hear of alerts of other engines for now, trying again",
                   {{"cause", error.message}});
}

// Alerts of sources may lie in any partition.
bool AlertFeed::IsNeeded(int32_t partition) const {
  return !teller_ || !own_.contains(partition);
}

void AlertFeed::Tell(EngineEvent::Kind kind, std::shared_ptr<const model::Alert> alert) const {
  EngineEvent event;
  event.kind = kind;
  event.alert = std::move(alert);
  shared_->subscribers.Tell(event);
}

}  // namespace caseclock::runtime
