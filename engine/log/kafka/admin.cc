#include "engine/log/kafka/admin.h"

#include <array>

namespace caseclock::log::kafka {
namespace {

using AdminOptions =
    std::unique_ptr<rd_kafka_AdminOptions_t, Destroyer<rd_kafka_AdminOptions_destroy>>;

constexpr int kPollMillis = 1000;
// Requests end by themselves at their time-out. Who waits for one that does not would wait for
// ever.
constexpr base::Duration kGrace = base::Seconds(2);

}  // namespace

base::Result<Event> Ask(
    const Client& client, rd_kafka_admin_op_t operation, const std::string& expected,
    const std::function<void(rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& send,
    std::optional<base::Duration> most) {
  const base::Duration wait = most.value_or(client.options().request_timeout);
  const AdminOptions admin(rd_kafka_AdminOptions_new(client.get(), operation));
  const Queue answers(rd_kafka_queue_new(client.get()));
  std::array<char, 256> text{};
  const auto refused = rd_kafka_AdminOptions_set_request_timeout(admin.get(), MillisOf(wait),
                                                                 text.data(), text.size());
  if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(refused, expected, text.data());
  send(admin.get(), answers.get());
  Event event;
  const Deadline deadline(wait + kGrace);
  while (event == nullptr && !deadline.passed()) {
    event.reset(rd_kafka_queue_poll(answers.get(), kPollMillis));
  }
  if (event == nullptr) return client.Explain(RD_KAFKA_RESP_ERR__TIMED_OUT, expected);
  const auto failed = rd_kafka_event_error(event.get());
  if (failed == RD_KAFKA_RESP_ERR_NO_ERROR) return event;
  return client.Explain(failed, expected);
}

}  // namespace caseclock::log::kafka
