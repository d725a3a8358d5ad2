#include "engine/log/read_all.h"

namespace caseclock::log {
namespace {

// Transaction markers at the end come without a record, so it is looked for anew so often.
constexpr base::Duration kLook = base::Millis(10);

}  // namespace

base::Status ReadAll(Reader* reader, size_t max_records,
                     const std::function<base::Status(const RecordBatch&)>& visit) {
  base::Duration wait{0};  // at the end already, there is nothing to wait for
  do {
    auto batch = reader->Read(wait, max_records);
    if (!batch.ok()) return batch.status();
    if (batch.value() != nullptr) {
      if (auto status = visit(*batch.value()); !status.ok()) return status;
    }
    wait = kLook;
  } while (!reader->at_end());
  return {};
}

}  // namespace caseclock::log
