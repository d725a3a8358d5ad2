#include "consumers/http/stream_hub.h"

#include <utility>

#include "consumers/http/readiness.h"
#include "engine/codec/output_codec.h"

namespace caseclock::http {
namespace {

// So many looks without a change, and listeners get a sign of life.
constexpr int kQuietLooks = 5;
// By a clock that nobody sets back: listeners would hear of no resync until it has caught up.
constexpr base::Duration kResyncAtMostEvery = base::Seconds(1);

}  // namespace

std::string SseFrame(uint64_t id, std::string_view event, std::string_view data) {
  std::string frame = "id: " + std::to_string(id) + "\nevent: " + std::string(event) + "\n";
  while (true) {
    const size_t end = data.find('\n');
    frame += "data: ";
    frame += data.substr(0, end);
    frame += '\n';
    if (end == std::string_view::npos) break;
    data.remove_prefix(end + 1);
  }
  return frame + "\n";
}

StreamHub::StreamHub(Backend* backend, std::function<base::Duration()> monotonic)
    : backend_(backend), monotonic_(std::move(monotonic)) {}

StreamHub::~StreamHub() {
  if (subscription_) backend_->Unsubscribe(*subscription_);
}

// Neither is done under the lock: the engine may be telling something meanwhile, and wait for it.
int StreamHub::Listen(Listener listener) {
  if (!subscription_) {
    subscription_ =
        backend_->Subscribe([this](const runtime::EngineEvent& event) { Publish(event); });
  }
  const std::lock_guard lock(mutex_);
  listeners_[next_listener_] = std::move(listener);
  return next_listener_++;
}

void StreamHub::Leave(int id) {
  {
    const std::lock_guard lock(mutex_);
    listeners_.erase(id);
    if (!listeners_.empty()) return;
  }
  if (subscription_) backend_->Unsubscribe(*std::exchange(subscription_, std::nullopt));
}

size_t StreamHub::listeners() const {
  const std::lock_guard lock(mutex_);
  return listeners_.size();
}

base::Result<std::string> StreamHub::Snapshot(bool again) {
  const Readiness readiness = ReadinessOf(backend_->Health(), backend_->Stats());
  const auto backlogs = backend_->Backlogs();
  if (!backlogs.ok()) return backlogs.error();
  std::string frames = "retry: 2000\n\n";
  const auto add = [&](std::string_view event, std::string_view data) {
    uint64_t id = 0;
    {
      const std::lock_guard lock(mutex_);
      id = next_id_++;
    }
    frames += SseFrame(id, event, data);
  };
  add("state", readiness.json);
  for (const model::Backlog& backlog : backlogs.value()) {
    add("backlog", codec::BacklogToJson(backlog));
  }
  if (again) add("resync", "{}");
  return frames;
}

void StreamHub::Look() {
  const Readiness readiness = ReadinessOf(backend_->Health(), backend_->Stats());
  const std::lock_guard lock(mutex_);
  if (resync_put_off_) TellResync();
  if (readiness.ready && ready_ == true && ++quiet_looks_ < kQuietLooks) return;
  ready_ = readiness.ready;
  quiet_looks_ = 0;
  Tell("state", readiness.json);
}

void StreamHub::Publish(const runtime::EngineEvent& event) {
  const std::lock_guard lock(mutex_);
  if (listeners_.empty()) return;  // then nothing needs to be written at all
  switch (event.kind) {
    case runtime::EngineEvent::Kind::kBacklog:
      return Tell("backlog", codec::BacklogToJson(*event.backlog));
    case runtime::EngineEvent::Kind::kResync:
      return TellResync();
    case runtime::EngineEvent::Kind::kAlert:
      if (event.alert->transitions.empty() || !event.alert->transitions.back().historical) {
        return Tell("alert", codec::AlertToJson(*event.alert));
      }
      return TellResync();
  }
}

// The last of many is told too, or a listener would not know of what came after the one before.
void StreamHub::TellResync() {
  const base::Duration now = monotonic_();
  resync_put_off_ = now < resync_at_;
  if (resync_put_off_) return;
  resync_at_ = now + kResyncAtMostEvery;
  Tell("resync", "{}");
}

void StreamHub::Tell(std::string_view event, std::string_view data) {
  const Frame frame = std::make_shared<const std::string>(SseFrame(next_id_++, event, data));
  for (const auto& [id, listener] : listeners_) listener(frame);
}

}  // namespace caseclock::http
