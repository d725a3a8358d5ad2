// Session: a listener of /v1/stream.

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <utility>

#include "consumers/http/session.h"

namespace caseclock::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

void Session::BeginStream(bool again) {
  // First listen, then look: what changes in between is told twice rather than not at all.
  std::weak_ptr<Session> weak = weak_from_this();
  asio::io_context* context = &shared_->context;
  listening_ = shared_->hub.Listen([weak, context](const StreamHub::Frame& frame) {
    asio::post(*context, [weak, frame] {
      if (const auto self = weak.lock()) self->Offer(frame);
    });
  });
  writing_ = true;  // nothing goes out before the head
  stream_.expires_never();
  asio::post(shared_->answers, [self = shared_from_this(), again]() mutable {
    auto taken = std::make_shared<base::Result<std::string>>(self->shared_->hub.Snapshot(again));
    asio::io_context& back = self->shared_->context;
    asio::post(back, [self = std::move(self), taken] { self->SnapshotTaken(*taken); });
  });
}

void Session::SnapshotTaken(const base::Result<std::string>& snapshot) {
  if (listening_ == 0) return;  // closed meanwhile
  writing_ = false;
  if (!snapshot.ok()) {
    shared_->hub.Leave(std::exchange(listening_, 0));
    frames_.clear();
    frames_bytes_ = 0;
    return Send(FailureOf(snapshot.error()));
  }
  shared_->Count(200);
  Answer head;
  head.version(11);
  head.result(200);
  head.set(beast::http::field::content_type, "text/event-stream");
  CommonHeaders(&head);
  head.keep_alive(false);
  auto text = std::string("HTTP/1.1 200 OK\r\n");
  for (const auto& field : head) {
    text += std::string(field.name_string()) + ": " + std::string(field.value()) + "\r\n";
  }
  frames_.push_front(std::make_shared<const std::string>(text + "\r\n" + snapshot.value()));
  frames_bytes_ += frames_.front()->size();
  WatchForEnd();
  Heartbeat();
  WriteFrames();
}

void Session::Offer(const StreamHub::Frame& frame) {
  if (listening_ == 0) return;
  frames_bytes_ += frame->size();
  frames_.push_back(frame);
  if (frames_bytes_ > shared_->options.stream_bytes_max) {
    ++shared_->listeners_dropped;
    return Close();
  }
  WriteFrames();
}

void Session::WriteFrames() {
  if (writing_ || frames_.empty()) return;
  writing_ = true;
  const StreamHub::Frame frame = frames_.front();
  asio::async_write(stream_.socket(), asio::buffer(*frame),
                    [self = shared_from_this(), frame](Error error, size_t) {
                      self->writing_ = false;
                      if (error || self->frames_.empty()) return self->Close();
                      self->frames_bytes_ -= std::min(self->frames_bytes_, frame->size());
                      self->frames_.pop_front();
                      self->WriteFrames();
                    });
}

void Session::Heartbeat() {
  heartbeat_.expires_after(Wait(shared_->options.heartbeat));
  heartbeat_.async_wait([weak = weak_from_this()](Error error) {
    const auto self = weak.lock();
    if (error || !self || self->listening_ == 0) return;
    static const auto beat = std::make_shared<const std::string>(kSseHeartbeat);
    self->Offer(beat);
    self->Heartbeat();
  });
}

// A listener sends nothing more; reading is how its going away is noticed.
void Session::WatchForEnd() {
  stream_.socket().async_read_some(asio::buffer(end_),
                                   [self = shared_from_this()](Error error, size_t) {
                                     if (error) return self->Close();
                                     self->WatchForEnd();
                                   });
}

}  // namespace caseclock::http
