#include "engine/runtime/alert_feed.h"

#include <utility>

#include "engine/codec/output_codec.h"
#include "engine/host/log.h"
#include "engine/log/read_all.h"

namespace caseclock::runtime {

using base::Status;

Status AlertFeed::Work(const std::set<int32_t>& own, bool teller) {
  const bool alone = own.size() == static_cast<size_t>(shared_->partitions);
  // Who has only now become the one that tells of a partition may not have been told of what the
  // one before told last.
  const bool same = own == own_ && teller == teller_;
  const bool followed = !readers_.empty();
  if (!same || alone || !shared_->subscribers.any()) readers_.clear();
  own_ = own;
  teller_ = teller;
  if (!shared_->subscribers.any()) return {};
  if (alone) {
    if (followed) Tell(EngineEvent::Kind::kResync, nullptr);
    return {};
  }
  bool resync = false;
  Status status;
  if (readers_.empty()) {
    resync = true;
    status = Begin();
  }
  if (status.ok()) status = Read(&resync);
  if (!status.ok()) readers_.clear();  // one may have stopped in the middle
  if (resync) Tell(EngineEvent::Kind::kResync, nullptr);
  return status;
}

Status AlertFeed::Begin() {
  for (int32_t number = 0; number < shared_->partitions; ++number) {
    const log::TopicPartition partition{shared_->options.topics.alerts, number};
    const auto bounds = shared_->log->Bounds(partition);
    if (!bounds.ok()) return bounds.status();
    auto reader = shared_->log->Open(partition, bounds.value().end);
    if (!reader.ok()) return reader.status();
    readers_.push_back(std::move(reader).value());
  }
  return {};
}

// An alert that cannot be read stops nobody's work here: `unread`, and who asks for it hears why.
Status AlertFeed::Read(bool* unread) {
  for (int32_t number = 0; number < shared_->partitions; ++number) {
    const auto take = [&](const log::RecordBatch& batch) {
      for (const log::RecordView& record : batch.records()) {
        if (!record.key || !record.value) continue;
        auto alert = std::make_shared<model::Alert>();
        if (auto decoded = codec::DecodeAlert(*record.value, alert.get()); !decoded.ok()) {
          host::LogWarning("an alert of another engine cannot be read",
                           {{"partition", number},
                            {"offset", record.offset},
                            {"cause", decoded.error().message}});
          *unread = true;
          continue;
        }
        if (!IsOwn(*alert, number)) Tell(EngineEvent::Kind::kAlert, std::move(alert));
      }
      return Status();
    };
    const Status read = log::ReadAll(readers_[static_cast<size_t>(number)].get(), 1024, take);
    if (!read.ok()) return read;
  }
  return {};
}

bool AlertFeed::IsOwn(const model::Alert& alert, int32_t partition) const {
  return alert.source.empty() ? own_.contains(partition) : teller_;
}

void AlertFeed::Tell(EngineEvent::Kind kind, std::shared_ptr<const model::Alert> alert) const {
  EngineEvent event;
  event.kind = kind;
  event.alert = std::move(alert);
  shared_->subscribers.Tell(event);
}

}  // namespace caseclock::runtime
