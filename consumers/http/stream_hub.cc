#include "consumers/http/stream_hub.h"

#include <utility>

#include "engine/codec/output_codec.h"

namespace caseclock::http {

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

StreamHub::StreamHub(Backend* backend, std::function<base::Instant()> now)
    : backend_(backend), now_(std::move(now)) {
  subscription_ =
      backend_->Subscribe([this](const runtime::EngineEvent& event) { Publish(event); });
}

StreamHub::~StreamHub() {
  backend_->Unsubscribe(subscription_);
}

int StreamHub::Listen(Listener listener) {
  const std::lock_guard lock(mutex_);
  listeners_[next_listener_] = std::move(listener);
  return next_listener_++;
}

void StreamHub::Leave(int id) {
  const std::lock_guard lock(mutex_);
  listeners_.erase(id);
}

size_t StreamHub::listeners() const {
  const std::lock_guard lock(mutex_);
  return listeners_.size();
}

std::string StreamHub::Snapshot() {
  std::string frames = "retry: 2000\n\n";
  const auto backlogs = backend_->Backlogs();
  if (!backlogs.ok()) return frames;  // the engine stops for it, and the stream ends
  for (const model::Backlog& backlog : backlogs.value()) {
    uint64_t id = 0;
    {
      const std::lock_guard lock(mutex_);
      id = next_id_++;
    }
    frames += SseFrame(id, "backlog", codec::BacklogToJson(backlog));
  }
  return frames;
}

void StreamHub::Publish(const runtime::EngineEvent& event) {
  const std::lock_guard lock(mutex_);
  if (listeners_.empty()) return;  // then nothing needs to be written at all
  if (event.kind == runtime::EngineEvent::Kind::kBacklog) {
    if (event.backlog) Tell("backlog", codec::BacklogToJson(*event.backlog));
    return;
  }
  if (!event.alert) return;
  if (!event.alert->transitions.empty() && event.alert->transitions.back().historical) {
    const base::Instant now = now_();
    if (now < resync_at_) return;
    resync_at_ = now + base::Seconds(1);
    Tell("resync", "{}");
    return;
  }
  Tell("alert", codec::AlertToJson(*event.alert));
}

void StreamHub::Tell(std::string_view event, std::string_view data) {
  const Frame frame = std::make_shared<const std::string>(SseFrame(next_id_++, event, data));
  for (const auto& [id, listener] : listeners_) listener(frame);
}

}  // namespace caseclock::http
