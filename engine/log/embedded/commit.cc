#include "engine/log/embedded/commit.h"

#include <utility>

#include "engine/log/embedded/group.h"

namespace caseclock::log::embedded {
namespace {

void KeepRecent(Core* core, Partition* partition, const SealedBlock& block) {
  if (block.raw == nullptr) return;
  partition->recent.push_back({partition->end - 1, block.header, block.raw});
  core->recent_order.push_back(partition);
  core->recent_bytes += block.raw->size;
  while (core->recent_bytes > core->options.recent_bytes) {
    Partition* const oldest = core->recent_order.front();
    core->recent_order.pop_front();
    core->recent_bytes -= oldest->recent.front().raw->size;
    oldest->recent.pop_front();
  }
}

void Publish(Core* core, Pending* pending) {
  const std::lock_guard lock(core->mutex);
  for (Pending::Part& part : pending->parts()) {
    if (part.sealed.empty()) continue;
    for (const SealedBlock& block : part.sealed) {
      part.partition->end += block.header.span + 1;
      KeepRecent(core, part.partition, block);
    }
    for (Signal* listener : part.partition->listeners) listener->Raise();
  }
}

bool TokenHolds(Core* core, const GroupToken& token) {
  const std::lock_guard lock(core->mutex);
  const auto group = core->groups.find(token.group);
  return group != core->groups.end() && group->second->Holds(token);
}

}  // namespace

base::Result<CommitOutcome> Commit(Core* core, const CommitGuard& guard, Pending* pending) {
  pending->SealAll();
  WriteSet set(pending->sealed_bytes() + 4096);
  const std::lock_guard commit(core->commit_mutex);
  if (guard.slot != nullptr && guard.slot->epoch != guard.epoch) {
    return base::Error{base::ErrorKind::kFenced,
                       "Expected to be the newest producer of its id, but a newer one was opened"};
  }
  if (guard.token && !TokenHolds(core, *guard.token)) return CommitOutcome::kAborted;
  if (pending->empty()) return CommitOutcome::kCommitted;
  const base::Instant now = core->options.clock();
  for (Pending::Part& part : pending->parts()) {
    part.base = part.partition->end;
    int64_t end = part.base;
    for (SealedBlock& block : part.sealed) {
      StampBlock(now, &block);
      end += block.header.span + 1;
      set.Put(BlockKey(part.partition->id, end - 1), block.value);
    }
  }
  for (const auto& [key, value] : pending->offsets()) set.Put(key, value);
  if (auto status = core->database->Write(&set); !status.ok()) return status.error();
  Publish(core, pending);
  return CommitOutcome::kCommitted;
}

}  // namespace caseclock::log::embedded
