#include "engine/log/kafka/client.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "engine/log/kafka/settings.h"

namespace caseclock::log::kafka {
namespace {

using base::Error;
using base::ErrorKind;

constexpr int kPauseMillis = 5;
constexpr int kFirstScram = 0x02060100;  // librdkafka 2.6.1, whose SCRAM Kafka 4 accepts

bool IsRefusal(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL ||
         code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED;
}

bool IsDisconnect(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
         code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__RESOLVE;
}

bool UsesScram(const Properties& properties) {
  for (const char* name : {"sasl.mechanisms", "sasl.mechanism"}) {
    const auto found = properties.find(name);
    if (found != properties.end() && found->second.starts_with("SCRAM")) return true;
  }
  return false;
}

}  // namespace

base::Result<std::unique_ptr<Client>> Client::Open(const KafkaOptions& options, Role role,
                                                   const Properties& fixed, Callbacks* callbacks) {
  auto conf = MakeConf(options, role, fixed);
  if (!conf.ok()) return conf.error();
  std::unique_ptr<Client> client(new Client(options, role, callbacks));
  rd_kafka_conf_t* raw = conf.value().get();
  rd_kafka_conf_set_opaque(raw, client.get());
  rd_kafka_conf_set_error_cb(raw, &Client::OnError);
  rd_kafka_conf_set_log_cb(raw, &Client::OnLog);
  if (role == Role::kMember) {
    rd_kafka_conf_set_rebalance_cb(
        raw, [](rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list,
                void* self) { static_cast<Client*>(self)->callbacks_->Rebalanced(code, list); });
  }
  const bool writes = role == Role::kProducer || role == Role::kAppender;
  if (writes) {
    // Also what ends the wait of a commit at once; without it each takes 10 ms.
    rd_kafka_conf_set_dr_msg_cb(raw, [](rd_kafka_t*, const rd_kafka_message_t* m, void* self) {
      static_cast<Client*>(self)->callbacks_->Delivered(m);
    });
  }
  std::array<char, 512> text{};
  rd_kafka_t* handle =
      rd_kafka_new(writes ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, raw, text.data(), text.size());
  if (handle == nullptr) {
    return Error{ErrorKind::kConfig,
                 std::string("Expected Kafka settings that fit together, but: ") + text.data()};
  }
  static_cast<void>(conf.value().release());  // taken over
  client->handle_.reset(handle);
  return client;
}

Client::~Client() = default;

void Client::Pause() const {
  const Queue nobody(rd_kafka_queue_new(handle_.get()));
  const Event nothing(rd_kafka_queue_poll(nobody.get(), kPauseMillis));
  Serve();
}

void Client::OnError(rd_kafka_t* handle, int code, const char* reason, void* self) {
  auto* client = static_cast<Client*>(self);
  auto what = static_cast<rd_kafka_resp_err_t>(code);
  std::array<char, 512> text{};
  if (what == RD_KAFKA_RESP_ERR__FATAL) {
    what = rd_kafka_fatal_error(handle, text.data(), text.size());
    reason = text.data();
  }
  if (IsDisconnect(what)) ++client->disconnects_;
  const std::lock_guard lock(client->mutex_);
  // That all brokers are down says less than why.
  if (what == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && client->trouble_.code != 0) return;
  client->trouble_ = {what, reason};
}

void Client::OnLog(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
  auto* client = static_cast<Client*>(rd_kafka_opaque(handle));
  const std::string_view name = facility;
  // A request that timed out shows here alone, when its repetition went well.
  if (name == "REQTMOUT" || name == "FAIL") ++client->disconnects_;
  // What the transaction fails with later does not say whose right is missing.
  if (const std::string_view said = text;
      name == "ADDPARTS" &&
      said.ends_with(rd_kafka_err2str(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED))) {
    const std::lock_guard lock(client->mutex_);
    client->denial_ = said.substr(std::min(said.find("Failed to add"), said.size()));
  }
  // A role is told settings that are for another one.
  if (name == "CONFWARN" || !client->options_.on_message) return;
  client->options_.on_message(level, std::string(name) + ": " + text);
}

Client::Trouble Client::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

std::string Client::denial() const {
  const std::lock_guard lock(mutex_);
  return denial_;
}

void Client::ForgetDenial() {
  const std::lock_guard lock(mutex_);
  denial_.clear();
}

base::Result<TopicHandle> Client::OpenTopic(const std::string& name) const {
  TopicHandle topic(rd_kafka_topic_new(handle_.get(), name.c_str(), nullptr));
  const std::string expected = "Expected to write to topic " + name;
  if (topic == nullptr) return ErrorOf(rd_kafka_last_error(), expected);
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(handle_.get(), 0, topic.get(), &metadata,
                                      MillisOf(options_.request_timeout));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return Explain(code, expected);
  rd_kafka_metadata_destroy(metadata);
  return topic;
}

Error Client::Explain(rd_kafka_resp_err_t code, const std::string& expected) const {
  Serve();
  const Trouble last = trouble();
  if (!IsDisconnect(code) || last.code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ErrorOf(code, expected);
  }
  Error error = ErrorOf(code, expected, last.text);
  if (IsRefusal(last.code)) {
    error.kind = ErrorKind::kConfig;
    if (UsesScram(options_.properties) && rd_kafka_version() < kFirstScram) {
      error.message += std::string(". SCRAM does not work with librdkafka ") +
                       rd_kafka_version_str() +
                       " on Kafka 4 (it takes 2.6.1): use PLAIN over TLS, or a client certificate";
    }
  }
  return error;
}

}  // namespace caseclock::log::kafka
