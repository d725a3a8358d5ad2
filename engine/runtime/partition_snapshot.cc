#include "engine/runtime/partition_snapshot.h"

#include <algorithm>

#include "engine/codec/case_codec.h"

namespace caseclock::runtime {

using base::Error;
using base::ErrorKind;
using base::Status;

PartitionSnapshot::PartitionSnapshot(const Partition& partition)
    : stored_(partition.store().TakeSnapshot()) {
  partition.ForEachNewer([this](const CachedCase& entry) {
    newer_.push_back({entry.id, entry.bytes, entry.pages});
  });
  std::sort(newer_.begin(), newer_.end(),
            [](const Newer& a, const Newer& b) { return a.id < b.id; });
}

Status PartitionSnapshot::Show(std::string_view id, std::string_view bytes,
                               const std::vector<DirtyPage>& dirty, const Visit& visit) const {
  const auto of_case = [&](const Status& failed) {
    return Error{failed.error().kind, "Case " + std::string(id) + ": " + failed.error().message};
  };
  model::CaseState state;
  if (auto status = codec::DecodeCase(bytes, &state); !status.ok()) return of_case(status);
  std::vector<model::ClosedPage> pages(state.page.index);
  for (uint32_t index = 0; index < state.page.index; ++index) {
    const auto held = std::find_if(dirty.begin(), dirty.end(),
                                   [&](const DirtyPage& page) { return page.index == index; });
    Status decoded;
    if (held != dirty.end()) {
      decoded = codec::DecodePage(held->bytes.view(), &pages[index]);
    } else {
      auto stored = stored_->GetPage(id, index);
      if (!stored.ok()) return stored.status();
      if (!stored.value()) {
        return Error{ErrorKind::kCorrupt, "Expected page " + std::to_string(index) + " of case " +
                                              std::string(id) + " in the store, but it is missing"};
      }
      decoded = codec::DecodePage(*stored.value(), &pages[index]);
    }
    if (!decoded.ok()) return of_case(decoded);
  }
  return visit(pages, state);
}

Status PartitionSnapshot::ForEachCase(const Visit& visit) const {
  auto next = newer_.begin();
  Status failed;
  const auto show_newer_up_to = [&](const std::string_view* id) {
    for (; failed.ok() && next != newer_.end() && (id == nullptr || next->id <= *id); ++next) {
      failed = Show(next->id, next->bytes.view(), next->pages, visit);
    }
  };
  const Status scanned = stored_->ForEachCase([&](std::string_view id, std::string_view bytes) {
    show_newer_up_to(&id);
    const bool shown = next != newer_.begin() && std::prev(next)->id == id;
    if (failed.ok() && !shown) failed = Show(id, bytes, {}, visit);
    return failed.ok();
  });
  if (!failed.ok()) return failed;
  if (!scanned.ok()) return scanned;
  show_newer_up_to(nullptr);
  return failed;
}

}  // namespace caseclock::runtime
