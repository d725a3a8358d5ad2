#include "caseclock/v1/figures.pb.h"
#include "engine/base/big_endian.h"
#include "engine/codec/generated.h"
#include "engine/codec/output_codec.h"
#include "engine/codec/sources_codec.h"

namespace caseclock::codec {

std::string ShareKey(int32_t partition) {
  std::string key = model::kShareKey;
  base::AppendBig32(static_cast<uint32_t>(partition), &key);
  return key;
}

void EncodeShare(const model::PartitionShare& share, std::string* out) {
  v1::PartitionShare message;
  message.set_partition(share.partition);
  message.set_offset(share.offset);
  SetInstant(share.clock, message.mutable_clock());
  for (const model::PartitionShare::Extreme& extreme : share.extremes) {
    v1::QueueExtreme* added = message.add_extremes();
    added->set_queue(extreme.queue);
    added->set_clock(extreme.clock);
    SetInstant(extreme.at, added->mutable_at());
    added->set_case_id(extreme.case_id);
  }
  SetHeard(share.heard, message.mutable_heard());
  if (share.heard_to != base::Instant{}) SetInstant(share.heard_to, message.mutable_heard_to());
  AppendMessage(message, out);
}

base::Status DecodeShare(std::string_view bytes, model::PartitionShare* share) {
  v1::PartitionShare message;
  if (base::Status parsed = ParseMessage(bytes, "a partition's share", &message); !parsed.ok())
    return parsed;
  *share = {};
  share->partition = message.partition();
  share->offset = message.offset();
  share->clock = GetInstant(message.clock());
  for (const v1::QueueExtreme& extreme : message.extremes()) {
    share->extremes.push_back(
        {extreme.queue(), extreme.clock(), GetInstant(extreme.at()), extreme.case_id()});
  }
  GetHeard(message.heard(), &share->heard);
  share->heard_to = GetInstant(message.heard_to());
  return {};
}

}  // namespace caseclock::codec
