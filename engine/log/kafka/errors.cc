#include "engine/log/kafka/handles.h"

namespace caseclock::log::kafka {

using base::Error;
using base::ErrorKind;

ErrorKind KindOf(rd_kafka_resp_err_t code) {
  // Everything that is not named is a broker or a network that may be better later. The switch is
  // over a foreign enum of more than two hundred values, which newer versions add to.
  if (code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH ||
      code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED || code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
    return ErrorKind::kFenced;
  }
  static constexpr rd_kafka_resp_err_t kMissing[] = {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                                                     RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC};
  static constexpr rd_kafka_resp_err_t kWrongInput[] = {
      RD_KAFKA_RESP_ERR_INVALID_RECORD,     RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
      RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,    RD_KAFKA_RESP_ERR_INVALID_PARTITIONS,
      RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
      RD_KAFKA_RESP_ERR_INVALID_GROUP_ID};
  static constexpr rd_kafka_resp_err_t kSettings[] = {
      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
      RD_KAFKA_RESP_ERR__AUTHENTICATION,
      RD_KAFKA_RESP_ERR__SSL,
      RD_KAFKA_RESP_ERR_SECURITY_DISABLED,
      RD_KAFKA_RESP_ERR_INVALID_CONFIG,
      RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
      RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR,
      RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT,
      RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT,
      RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL,
      RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
      RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE,
      RD_KAFKA_RESP_ERR__INVALID_ARG};
  static constexpr rd_kafka_resp_err_t kDamaged[] = {
      RD_KAFKA_RESP_ERR_INVALID_MSG, RD_KAFKA_RESP_ERR__BAD_MSG, RD_KAFKA_RESP_ERR__BAD_COMPRESSION,
      RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET};
  const auto among = [code](const auto& codes) {
    return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
  };
  if (among(kMissing)) return ErrorKind::kNotFound;
  if (among(kWrongInput)) return ErrorKind::kInvalid;
  if (among(kSettings)) return ErrorKind::kConfig;
  if (among(kDamaged)) return ErrorKind::kCorrupt;
  return ErrorKind::kUnavailable;
}

Error ErrorOf(rd_kafka_resp_err_t code, const std::string& expected, const std::string& detail) {
  if (code == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP) {
    return Error{KindOf(code),
                 expected + ", but: " + detail + " (" + rd_kafka_err2name(code) +
                     "): its time is further from the broker's clock than the topic allows "
                     "(message.timestamp.after.max.ms, message.timestamp.before.max.ms). Is the "
                     "clock of this machine right?"};
  }
  return Error{KindOf(code), expected + ", but: " + detail + " (" + rd_kafka_err2name(code) + ")"};
}

Error ErrorOf(rd_kafka_resp_err_t code, const std::string& expected) {
  return ErrorOf(code, expected, rd_kafka_err2str(code));
}

}  // namespace caseclock::log::kafka
