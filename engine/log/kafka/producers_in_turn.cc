#include "engine/log/kafka/producers_in_turn.h"

#include <utility>

namespace caseclock::log::kafka {

using base::Status;

base::Result<std::unique_ptr<Producer>> ProducersInTurn::Open(Cluster* cluster,
                                                              const std::string& id) {
  std::unique_ptr<ProducersInTurn> made(new ProducersInTurn);
  // Always in this order, so that of two who open one id at once the later one fences the other.
  for (const char* suffix : {"", "+"}) {
    auto producer = KafkaProducer::Open(cluster, id.empty() ? id : id + suffix);
    if (!producer.ok()) return producer.error();
    made->producers_[made->current_++] = std::move(producer).value();
  }
  made->current_ = 0;
  return std::unique_ptr<Producer>(std::move(made));
}

Status ProducersInTurn::Begin() {
  // What one left in doubt it must end itself, or its records would hold up every reader.
  if (current().MayRest()) current_ = 1 - current_;
  return current().Begin();
}

Status ProducersInTurn::Produce(const std::string& topic, int32_t partition,
                                const NewRecord& record) {
  return current().Produce(topic, partition, record);
}

Status ProducersInTurn::SendOffsets(const GroupToken& token,
                                    const std::map<TopicPartition, GroupOffset>& offsets) {
  return current().SendOffsets(token, offsets);
}

base::Result<CommitOutcome> ProducersInTurn::Commit() {
  return current().Commit();
}

Status ProducersInTurn::Abort() {
  return current().Abort();
}

}  // namespace caseclock::log::kafka
