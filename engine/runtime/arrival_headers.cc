#include "engine/runtime/arrival_headers.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace caseclock::runtime {
namespace {

template <typename Number>
std::optional<Number> Parse(std::string_view text) {
  Number n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < 0) return std::nullopt;
  return n;
}

}  // namespace

model::Arrival ArrivalOf(const log::RecordView& record, int32_t partition) {
  model::Arrival arrival{partition, record.offset, record.timestamp};
  std::optional<int32_t> origin;
  std::optional<int64_t> offset;
  for (const log::HeaderView& header : record.headers) {
    if (header.key == kOriginPartitionHeader) origin = Parse<int32_t>(header.value);
    if (header.key == kOriginOffsetHeader) offset = Parse<int64_t>(header.value);
  }
  if (origin && offset) {
    arrival.partition = *origin;
    arrival.offset = *offset;
  }
  return arrival;
}

bool IsRelayed(const log::RecordView& record, int32_t partition) {
  return std::any_of(
      record.headers.begin(), record.headers.end(), [&](const log::HeaderView& header) {
        return header.key == kRelayedToHeader && Parse<int32_t>(header.value) == partition;
      });
}

void AddArrivalHeaders(const model::Arrival& arrival,
                       std::vector<std::pair<std::string, std::string>>* headers) {
  std::erase_if(*headers, [](const auto& header) {
    return header.first == kOriginPartitionHeader || header.first == kOriginOffsetHeader;
  });
  headers->emplace_back(kOriginPartitionHeader, std::to_string(arrival.partition));
  headers->emplace_back(kOriginOffsetHeader, std::to_string(arrival.offset));
}

}  // namespace caseclock::runtime
