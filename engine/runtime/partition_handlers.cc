// Partition: which cases a handler's facts concern.

#include <algorithm>

#include "engine/codec/case_codec.h"
#include "engine/runtime/partition.h"

namespace caseclock::runtime {

using base::Atom;
using base::Status;

Status Partition::CasesOfHandler(Atom handler, std::vector<std::string>* case_ids) const {
  const Status stored = store_->ForEachOfHandler(handler, [&](std::string_view id) {
    const CachedCase* entry = cache_.Find(id, CaseCache::HashOf(id));
    if (entry == nullptr || entry->clean()) case_ids->emplace_back(id);
    return true;
  });
  if (!stored.ok()) return stored;
  ForEachNewer([&](const CachedCase& entry) {
    const bool names =
        entry.state ? store::Derive(*entry.state).Names(handler) : entry.Packed().Names(handler);
    if (names) case_ids->push_back(entry.id);
  });
  std::sort(case_ids->begin(), case_ids->end());
  return {};
}

Status Partition::LoadHandlers() {
  handlers_.clear();
  const std::string_view prefix = model::kRegisterPrefix;
  const auto note = [&](std::string_view id) {
    if (id.starts_with(prefix)) NoteHandler(Atom::Intern(id.substr(prefix.size())));
  };
  ForEachNewer([&](const CachedCase& entry) { note(entry.id); });
  return store_->ForEachCase(
      [&](std::string_view id, std::string_view) {
        note(id);
        return true;
      },
      prefix);
}

Status Partition::IndexHandlers() {
  auto whole = store_->HandlersWhole();
  if (!whole.ok()) return whole.status();
  if (whole.value()) return {};
  store::Checkpoint checkpoint;
  Status failed;
  const Status scanned = store_->ForEachCase([&](std::string_view id, std::string_view bytes) {
    model::CaseState state;
    failed = codec::DecodeCase(bytes, &state);
    if (failed.ok()) checkpoint.RederiveHandlers(id, {}, store::Derive(state));
    return failed.ok();
  });
  if (!failed.ok()) return failed;
  if (!scanned.ok()) return scanned;
  checkpoint.MarkHandlersWhole();
  return store_->Write(&checkpoint);
}

}  // namespace caseclock::runtime
