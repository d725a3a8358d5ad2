// Restore: from the records that were collected to cases, figures and timers.

#include <algorithm>

#include "engine/base/time_text.h"
#include "engine/codec/case_codec.h"
#include "engine/core/facts.h"
#include "engine/runtime/policy_watch.h"
#include "engine/runtime/restore.h"
#include "engine/runtime/told_chunks.h"

namespace caseclock::runtime {

using base::Error;
using base::ErrorKind;
using base::Status;

namespace {
constexpr size_t kCasesAtOnce = 1024;
}

// Whoever had the partition may have known newer ones.
Status Restore::TakePolicies() {
  PolicyWatch* const watch = shared_->policy_watch;
  const bool wall = shared_->options.clock == ClockMode::kWall;
  if (wall && watch != nullptr && !watch->Knows(partition_.clock)) {
    return Error{ErrorKind::kUnavailable, "Expected to know the policies in force at " +
                                              base::FormatInstant(partition_.clock) +
                                              ", up to which partition " +
                                              std::to_string(partition_.number()) +
                                              " was judged, but they could not be read since"};
  }
  timeline_ = shared_->policies.load();
  return {};
}

Status Restore::Apply() {
  if (auto status = TakePolicies(); !status.ok()) return status;
  old_context_ = timeline_->ContextAt(partition_.position.clock);
  new_context_ = timeline_->ContextAt(partition_.clock);
  std::vector<std::string_view> ids;
  for (auto at = pending_.begin(); at != pending_.end();) {
    ids.clear();
    const auto first = at;
    for (; at != pending_.end() && ids.size() < kCasesAtOnce; ++at) {
      if (!at->second.bytes.empty()) ids.push_back(at->first);
    }
    shared_->life.Restored();
    if (auto status = partition_.Load(ids); !status.ok()) return status;
    for (auto one = first; one != at; ++one) {
      if (one->second.bytes.empty()) continue;
      if (auto status = ApplyCase(one->first, one->second); !status.ok()) return status;
    }
    partition_.TrimCache();
  }
  partition_.position.clock = partition_.clock;
  std::erase_if(pending_, [](const auto& item) { return !item.second.bytes.empty(); });
  pending_bytes_ = 0;
  if (!pending_.empty()) {
    return Torn("Expected a record of case " + pending_.begin()->first +
                " behind its page, but there is none");
  }
  return {};
}

base::Result<std::vector<model::ClosedPage>> Restore::Pages(const CachedCase& entry, uint32_t from,
                                                            uint32_t to) {
  std::vector<model::ClosedPage> pages;
  for (uint32_t index = from; index < to; ++index) {
    auto page = partition_.Page(entry, index);
    if (!page.ok()) return page.error();
    pages.push_back(std::move(page).value());
  }
  return pages;
}

Status Restore::ApplyCase(std::string_view case_id, const Pending& pending) {
  const uint64_t hash = CaseCache::HashOf(case_id);
  CachedCase* entry = partition_.FindCached(case_id, hash);
  if (entry == nullptr) entry = partition_.Insert(case_id, hash);
  std::vector<model::FigureDelta> before;
  uint32_t first = 0;
  if (!entry->bytes.empty()) {
    model::CaseState old;
    if (auto status = Partition::Decode(*entry, &old); !status.ok()) return status;
    if (entry->clean()) partition_.Learn(entry, old);
    first = old.page.index;
    if (!pending.pages.empty()) first = std::min(first, pending.pages.begin()->first);
    auto pages = Pages(*entry, first, old.page.index);
    if (!pages.ok()) return pages.status();
    core::CaseFacts(old_context_, pages.value(), old, &before);
  }
  for (const auto& [index, bytes] : pending.pages) {
    model::ClosedPage page;
    if (auto status = codec::DecodePage(bytes, &page); !status.ok()) return status;
    partition_.PutPage(entry, page);
  }
  model::CaseState state;
  if (auto status = codec::DecodeCase(pending.bytes, &state); !status.ok()) {
    return Error{status.error().kind,
                 "Case " + std::string(case_id) + ": " + status.error().message};
  }
  partition_.Adopt(entry, pending.bytes, state);
  auto pages = Pages(*entry, first, state.page.index);
  if (!pages.ok()) return pages.status();
  deltas_.clear();
  core::CaseFacts(new_context_, pages.value(), state, &deltas_);
  for (model::FigureDelta& fact : before) {
    fact.count = -fact.count;
    deltas_.push_back(fact);
  }
  core::Coalesce(&deltas_);
  if (!deltas_.empty()) {
    partition_.figures.Apply(deltas_);
    partition_.figures_changed = true;
  }
  return {};
}

Status Restore::FinishRebuild() {
  if (partition_.position.sequence == 0) return {};
  if (auto status = TakePolicies(); !status.ok()) return status;
  if (auto status = into_->Derive(timeline_->ContextAt(partition_.clock)); !status.ok()) {
    return status;
  }
  into_.reset();
  partition_.position.clock = partition_.clock;
  // The store needs them all; the topic has them, but for those of the last few commits.
  partition_.figures_changed = true;
  return {};
}

Status Restore::ReadTold() {
  if (partition_.position.sequence == 0) return {};
  if (shared_->options.read_only || shared_->options.snapshot) return {};
  auto told = shared_->Told()->Of(partition_.number(), [this] { return shared_->GoOnRestoring(); });
  told_.reset();
  if (!told.ok()) return told.status();
  // All there are have changed since the rebuild, so what was told besides is gone.
  return partition_.NoteUntold(told.value());
}

}  // namespace caseclock::runtime
