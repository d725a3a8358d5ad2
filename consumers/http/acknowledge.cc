#include "consumers/http/acknowledge.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/base/time_text.h"
#include "engine/codec/event_codec.h"

namespace caseclock::http {
namespace {

constexpr base::Duration kRepeat = base::Seconds(1);
constexpr size_t kRemembered = 1000;

base::Error Wrong(const std::string& message) {
  return {base::ErrorKind::kInvalid, message};
}

std::string UntilText(const Acknowledgement& taken) {
  return taken.until ? base::FormatInstant(*taken.until) : "";
}

}  // namespace

base::Result<Acknowledgement> ParseAcknowledgement(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  const auto text = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  Acknowledgement taken;
  if (json.is_object()) taken.by = text("by");
  if (taken.by.empty()) {
    return Wrong("Expected a JSON object with by (who takes the alert) and maybe until");
  }
  if (json.contains("until") && !json["until"].is_null()) {
    auto until = base::ParseInstant(text("until"));
    if (!until.ok()) return until.error();
    taken.until = until.value();
  }
  if (!text("source").empty()) taken.source = text("source");
  return taken;
}

bool IsOver(const model::Alert& alert) {
  return alert.state == model::AlertState::kResolved ||
         alert.state == model::AlertState::kRetracted;
}

base::Status CheckAcknowledgement(const model::Alert& alert, const Acknowledgement& taken,
                                  base::Instant now) {
  if (alert.case_id.empty()) {
    return Wrong(
        "Expected an alert of a case, whose ledger keeps who took it, but this one is of source " +
        alert.source.str() + ": it ends when that is heard again");
  }
  if (IsOver(alert)) {
    return Wrong("Expected an alert that stands, but this one was " +
                 std::string(model::AlertStateName(alert.state)) + " at " +
                 base::FormatInstant(alert.transitions.empty() ? alert.detected_at
                                                               : alert.transitions.back().at));
  }
  if (taken.until && *taken.until <= now) {
    return Wrong("Expected until in the future, but got " + UntilText(taken) + ", and now is " +
                 base::FormatInstant(now));
  }
  return {};
}

CheckedEvent Acknowledgements::EventOf(const model::Alert& alert, const Acknowledgement& taken,
                                       base::Instant now) {
  const std::string what =
      base::ToHex(alert.id) + '\n' + taken.by + '\n' + UntilText(taken) + '\n' + taken.source;
  const std::lock_guard lock(mutex_);
  // A clock that was set back makes none of the future.
  if (last_ > now + kRepeat) last_ = base::kLongAgo;
  while (!made_.empty() && (made_.front().at + kRepeat <= now || made_.front().at > now ||
                            made_.size() > kRemembered)) {
    made_.pop_front();
  }
  const auto same =
      std::find_if(made_.begin(), made_.end(), [&](const Made& made) { return made.what == what; });
  if (same != made_.end()) return same->event;
  // The log stamps records by the millisecond, and an event is not of after its record.
  last_ = std::max(base::Instant::FromMillis(now.Millis()), last_ + base::Duration{1});
  const std::string id = "ack/" + base::ToHex(alert.id) + "/" +
                         base::ToHex(base::Hash(what)).substr(0, 8) + "/" +
                         std::to_string(last_.us);
  model::Event event;
  event.event_id = id;
  event.source = base::Atom::Intern(taken.source);
  event.case_id = alert.case_id;
  event.occurred_at = last_;
  event.actor = taken.by;
  event.body = model::Acknowledged{alert.id, taken.until};
  CheckedEvent checked;
  checked.case_id = alert.case_id;
  checked.occurred_at = event.occurred_at;
  codec::EncodeEvent(event, &checked.bytes);
  made_.push_back({now, what, checked});
  return checked;
}

}  // namespace caseclock::http
