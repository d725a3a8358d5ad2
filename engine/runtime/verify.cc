// Engine: compares what is derived with what the case records imply.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "engine/codec/case_codec.h"
#include "engine/codec/output_codec.h"
#include "engine/core/facts.h"
#include "engine/runtime/chain_report.h"
#include "engine/runtime/engine_impl.h"

namespace caseclock::runtime {
namespace {

using base::Instant;
using base::Status;

// What a partition's case records imply, and what was found instead. Memory grows with the cases;
// this is for `state verify`, not for the engine at work.
class Check {
 public:
  Check(Shared* shared, Partition* partition, std::vector<std::string>* lines)
      : partition_(partition),
        lines_(lines),
        timeline_(shared->policies.load()),
        context_(timeline_->ContextAt(partition->position.clock)) {}

  Status Run() {
    // Memory takes a checkpoint for written as soon as it is handed over.
    if (auto written = partition_->AwaitCheckpoint(); !written.ok()) return written;
    const Status status = ForEachCaseState(
        partition_,
        [&](const CachedCase& entry, const model::CaseState& state) { return Take(entry, state); });
    if (!status.ok()) return status;
    implied_.Apply(facts_);
    if (auto compared = CompareFigures(); !compared.ok()) return compared;
    CompareTimerWindow();
    return CompareStore();
  }

 private:
  void Say(const std::string& line) {
    if (lines_->size() < 1000) {
      lines_->push_back("partition " + std::to_string(partition_->number()) + ": " + line);
    }
  }

  Status Take(const CachedCase& entry, const model::CaseState& state) {
    if (state.case_id != entry.id) Say("case " + entry.id + " calls itself " + state.case_id);
    std::vector<model::ClosedPage> pages;
    for (uint32_t index = 0; index < state.page.index; ++index) {
      auto page = partition_->Page(entry, index);
      if (!page.ok()) return page.status();
      for (const uint64_t fingerprint : page.value().page.fingerprints) {
        auto found = partition_->ClosedPageOf(entry, fingerprint, state.page.index);
        if (!found.ok()) return found.status();
        if (found.value() != index) {
          Say("case " + entry.id + ": an event of page " + std::to_string(index) +
              " is not in the dedup table under it");
        }
      }
      pages.push_back(std::move(page).value());
    }
    core::CaseFacts(context_, pages, state, &facts_);
    if (facts_.size() > 65'536) {
      implied_.Apply(facts_);
      facts_.clear();
    }
    const store::Derived derived = store::Derive(state);
    if (derived.timer_at != base::kNever) timers_.insert({derived.timer_at, entry.id});
    const store::Derived& stored = entry.clean() ? derived : store::ValueOf(entry.stored);
    if (!entry.clean() && !(entry.Live() == derived)) {
      Say("case " + entry.id + ": what memory derived from it differs");
    }
    if (stored.timer_at != base::kNever) stored_timers_.insert({stored.timer_at, entry.id});
    const auto index = [&](std::string_view kind, Instant t) {
      stored_index_.insert({stored.queue.str(), std::string(kind), std::to_string(t.us), entry.id});
    };
    if (stored.opened_at != base::kNever) index("", stored.opened_at);
    for (const auto& [clock, t] : stored.due) index(clock.view(), t);
    const auto handled = [&](base::Atom handler) {
      if (!handler.empty()) stored_handlers_.insert({handler.str(), entry.id});
    };
    handled(stored.handler);
    for (const base::Atom handler : stored.others) handled(handler);
    return {};
  }

  using Chunks = std::map<std::string, std::string>;
  Status ChunksOf(const core::Figures& figures, Chunks* chunks) const {
    return figures.ForEach(
        [&](const model::FigureKey& key, int32_t day, const model::FigureChunk& chunk) {
          const codec::ChunkKey full{key, day, partition_->number()};
          codec::EncodeChunk(full, chunk, &(*chunks)[codec::FigureChunkKey(full)]);
        });
  }

  Status CompareFigures() {
    Chunks implied;
    if (auto status = ChunksOf(implied_, &implied); !status.ok()) return status;
    Chunks held;
    {
      const std::lock_guard lock(partition_->figures_mutex);
      if (auto status = ChunksOf(partition_->figures, &held); !status.ok()) return status;
    }
    for (const auto& [key, bytes] : implied) {
      const auto at = held.find(key);
      if (at == held.end() || at->second != bytes) Say("figures differ: " + Name(key));
    }
    for (const auto& [key, bytes] : held) {
      if (!implied.contains(key)) Say("figures that no case implies: " + Name(key));
    }
    return {};
  }

  static std::string Name(const std::string& key) {
    auto parsed = codec::ParseFigureChunkKey(key);
    if (!parsed.ok()) return parsed.error().message;
    const codec::ChunkKey& k = parsed.value();
    return "queue " + k.figure.queue.str() + " kind " +
           std::to_string(static_cast<int>(k.figure.kind)) + " labels " + k.figure.label1.str() +
           "," + k.figure.label2.str() + " day " + std::to_string(k.day);
  }

  void CompareTimerWindow() {
    std::set<std::pair<Instant, std::string>> held;
    for (const auto& timer : partition_->timers.entries()) held.insert({timer.at, timer.case_id});
    for (const auto& [t, id] : timers_) {
      if (!partition_->timers.Reaches(t, id)) break;
      if (held.erase({t, id}) == 0) Say("case " + id + ": its timer is not waiting");
    }
    for (const auto& [t, id] : held) Say("case " + id + ": a timer waits that it does not imply");
  }

  Status CompareStore() {
    Status status =
        partition_->store().ForEachTimer(base::kLongAgo, {}, [&](Instant t, std::string_view id) {
          if (stored_timers_.erase({t, std::string(id)}) == 0) {
            Say("case " + std::string(id) + ": a stored timer that it does not imply");
          }
          return true;
        });
    if (!status.ok()) return status;
    for (const auto& [t, id] : stored_timers_) Say("case " + id + ": its stored timer is missing");
    status = partition_->store().ForEachIndexEntry(
        [&](std::string_view queue, std::string_view kind, Instant t, std::string_view id) {
          if (stored_index_.erase({std::string(queue), std::string(kind), std::to_string(t.us),
                                   std::string(id)}) == 0) {
            Say("case " + std::string(id) + ": an index entry that it does not imply");
          }
          return true;
        });
    if (!status.ok()) return status;
    for (const auto& entry : stored_index_) Say("case " + entry[3] + ": an index entry is missing");
    return CompareHandlers();
  }

  // A store that is only read may be one from before there was such a table.
  Status CompareHandlers() {
    auto whole = partition_->store().HandlersWhole();
    if (!whole.ok()) return whole.status();
    if (!whole.value()) return {};
    const Status status =
        partition_->store().ForEachHandlerEntry([&](std::string_view handler, std::string_view id) {
          if (stored_handlers_.erase({std::string(handler), std::string(id)}) == 0) {
            Say("case " + std::string(id) + ": stored under a handler whom it does not name");
          }
          return true;
        });
    if (!status.ok()) return status;
    for (const auto& [handler, id] : stored_handlers_) {
      Say("case " + id + ": not stored under a handler whom it names");
    }
    return {};
  }

  Partition* const partition_;
  std::vector<std::string>* const lines_;
  const std::shared_ptr<const PolicyTimeline> timeline_;
  const core::StepContext context_;
  core::Figures implied_;
  std::vector<model::FigureDelta> facts_;
  std::set<std::pair<Instant, std::string>> timers_;
  std::set<std::pair<Instant, std::string>> stored_timers_;
  std::set<std::array<std::string, 4>> stored_index_;
  std::set<std::pair<std::string, std::string>> stored_handlers_;  // handler, case
};

}  // namespace

base::Result<std::vector<std::string>> Engine::Verify(const std::function<void(double)>& progress) {
  std::vector<std::string> lines;
  std::set<int32_t> done;
  const Shared& shared = impl_->shared;
  const auto visit = [&](Partition* partition) -> Status {
    if (done.contains(partition->number())) return {};
    // A checkpoint in the making is its worker's, and done within some turns.
    if (partition->checkpoint_gathers() && !shared.options.driven) return shared.health();
    auto chain = ReadChain(shared.log, shared.options.topics, shared.options.group,
                           partition->number(), shared.options.wall_clock());
    if (!chain.ok()) return chain.status();
    for (const ChainFinding& finding : chain.value().findings) {
      lines.push_back("partition " + std::to_string(partition->number()) + ": " + finding.text);
    }
    if (auto checked = Check(&impl_->shared, partition, &lines).Run(); !checked.ok()) {
      return checked;
    }
    done.insert(partition->number());
    if (progress) progress(static_cast<double>(done.size()) / shared.partitions);
    return {};
  };
  for (;;) {
    size_t all = 0;
    const Status status = impl_->ForEachPartition([&](Partition* partition) {
      ++all;
      return visit(partition);
    });
    if (!status.ok()) return status.error();
    if (done.size() >= all) return lines;
    // Long enough for the worker to get through the gate.
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable().wait_for(lock, std::chrono::milliseconds(1));
  }
}

}  // namespace caseclock::runtime
