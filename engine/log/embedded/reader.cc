#include "engine/log/embedded/reader.h"

#include "engine/log/embedded/consumer.h"

namespace caseclock::log::embedded {

EmbeddedReader::EmbeddedReader(Core* core, Partition* partition, int64_t offset)
    : core_(core), cursor_(core, partition, offset) {
  const std::lock_guard lock(core_->mutex);
  Listen(partition, &signal_);
}

EmbeddedReader::~EmbeddedReader() {
  const std::lock_guard lock(core_->mutex);
  Unlisten(cursor_.partition(), &signal_);
}

base::Result<std::shared_ptr<const RecordBatch>> EmbeddedReader::Read(base::Duration max_wait,
                                                                      size_t max_records) {
  const auto deadline = DeadlineAfter(max_wait);
  for (;;) {
    {
      const std::lock_guard lock(core_->mutex);
      signal_.raised = false;
    }
    auto batch = cursor_.Next(max_records);
    at_end_ = cursor_.at_end();
    if (!batch.ok() || batch.value() != nullptr) return batch;
    std::unique_lock lock(core_->mutex);
    if (!signal_.ready.wait_until(lock, deadline, [this] { return signal_.raised; })) return batch;
  }
}

}  // namespace caseclock::log::embedded
