#pragma once

// A reader of the embedded log: one cursor, outside any group.

#include <memory>

#include "engine/log/embedded/core.h"
#include "engine/log/embedded/cursor.h"
#include "engine/log/log.h"

namespace caseclock::log::embedded {

class EmbeddedReader : public Reader {
 public:
  EmbeddedReader(Core* core, Partition* partition, int64_t offset);
  ~EmbeddedReader() override;
  base::Result<std::shared_ptr<const RecordBatch>> Read(base::Duration max_wait,
                                                        size_t max_records) override;
  [[nodiscard]] bool at_end() const override { return at_end_; }

 private:
  Core* core_;
  Cursor cursor_;
  Signal signal_;
  bool at_end_ = false;
};

}  // namespace caseclock::log::embedded
