// Live figures: the merge over partitions, and the memory that all this takes.

#include <algorithm>

#include "engine/core/calendar_known.h"
#include "engine/runtime/engine_impl.h"
#include "engine/runtime/first_cases.h"
#include "engine/runtime/partition.h"
#include "engine/runtime/publisher.h"
#include "engine/runtime/shared_parts.h"

namespace caseclock::runtime {
namespace {

using base::Atom;
using base::Instant;

// All figures of the process at one moment. Holds the table and the figures' locks.
class Moment {
 public:
  explicit Moment(const Shared& shared) : shared_(shared), view_(shared.table.Look()) {
    Instant least = base::kNever;
    Instant most = base::kLongAgo;
    for (const auto& [number, partition] : view_.map()) {
      locks_.emplace_back(partition->figures_mutex);
      if (partition->dead) continue;  // about to be dropped, and not what the log has
      figures_.push_back(&partition->figures);
      offsets_[number] = partition->shown_offset;
      if (!partition->all_read) least = std::min(least, partition->shown_clock);
      most = std::max(most, partition->shown_clock);
    }
    if (shared.others != nullptr) {
      others_.emplace(shared.others->Look());
      for (const auto& [number, other] : others_->map()) {
        if (!offsets_.try_emplace(number, other.share.offset).second) continue;  // ours by now
        figures_.push_back(&other.figures);
        least = std::min(least, other.share.clock);
        most = std::max(most, other.share.clock);
      }
    }
    if (offsets_.empty()) least = most = Instant{};
    if (least == base::kNever) least = most;
    watermark_ = least == base::kLongAgo ? Instant{} : least;
    if (shared.options.clock == ClockMode::kLog) {
      as_of_ = most == base::kLongAgo ? Instant{} : most;
      return;
    }
    // Caught up, figures are as of now; in catch-up, and where nothing runs, as of what has been
    // seen: what fell due since then has not been told either.
    const Instant wall = shared.options.wall_clock();
    const bool at_rest = shared.options.read_only || shared.options.snapshot;
    const bool live = most == base::kLongAgo || (!at_rest && wall - watermark_ <= kLiveLag);
    as_of_ = live ? wall : most;
  }

  // False: another engine of the group has not told yet where its partitions stand.
  [[nodiscard]] bool whole() const {
    return offsets_.size() == static_cast<size_t>(shared_.partitions);
  }

  [[nodiscard]] std::vector<Atom> Queues() const {
    std::vector<Atom> queues;
    for (const core::Figures* figures : figures_) {
      const auto some = figures->Queues();
      queues.insert(queues.end(), some.begin(), some.end());
    }
    std::sort(queues.begin(), queues.end());
    queues.erase(std::unique(queues.begin(), queues.end()), queues.end());
    return queues;
  }

  [[nodiscard]] base::Result<model::Backlog> Of(Atom queue) const {
    const auto set = shared_.policies.load()->At(as_of_);
    auto backlog = UnionBy(*set, {&queue, 1}, queue.str());
    if (backlog.ok()) NameCalendars(*set, &backlog.value());
    return backlog;
  }

  // Figures of several queues as one.
  [[nodiscard]] base::Result<model::Backlog> Union(std::span<const Atom> queues,
                                                   const std::string& name) const {
    return UnionBy(*shared_.policies.load()->At(as_of_), queues, name);
  }

 private:
  [[nodiscard]] base::Result<model::Backlog> UnionBy(const model::PolicySet& set,
                                                     std::span<const Atom> queues,
                                                     const std::string& name) const {
    FirstCases first;
    for (const Atom queue : queues) Offer(queue, &first);
    auto backlog = core::EvaluateUnion(figures_, queues, name, as_of_,
                                       DefinitionsOf(set, queues, as_of_), first.Names());
    if (!backlog.ok()) return backlog;
    backlog.value().watermark = watermark_;
    backlog.value().offsets = offsets_;
    return backlog;
  }

  void Offer(Atom queue, FirstCases* first) const {
    const auto offer = [&](Atom clock, Instant t, const std::string& case_id) {
      if (clock.empty()) {
        first->OfferOpen(t, case_id);
      } else if (t < as_of_) {  // else not overdue
        first->OfferDue(clock, t, case_id);
      }
    };
    for (const auto& [number, partition] : view_.map()) {
      for (const Partition::Extreme& extreme : partition->Extremes(queue)) {
        offer(extreme.clock, extreme.at, extreme.case_id);
      }
    }
    if (!others_) return;
    for (const auto& [number, other] : others_->map()) {
      if (view_.map().contains(number)) continue;
      for (const auto& extreme : other.share.extremes) {
        if (extreme.queue != queue.view()) continue;
        offer(base::Atom::Intern(extreme.clock), extreme.at, extreme.case_id);
      }
    }
  }

  const Shared& shared_;
  PartitionTable::View view_;
  std::optional<OtherPartitions::View> others_;
  std::vector<std::unique_lock<std::mutex>> locks_;
  std::vector<const core::Figures*> figures_;
  std::map<int32_t, int64_t> offsets_;
  Instant watermark_;
  Instant as_of_;
};

}  // namespace

const model::WorkflowVersion* VersionOfQueue(const model::PolicySet& set, std::string_view queue,
                                             Instant t) {
  const auto* binding = model::FindQueue(set, queue);
  if (binding == nullptr) return nullptr;
  const auto* workflow = model::FindWorkflow(set, binding->workflow);
  return workflow == nullptr ? nullptr : model::VersionAt(*workflow, t);
}

core::Definitions DefinitionsOf(const model::PolicySet& set, std::span<const Atom> queues,
                                Instant t) {
  core::Definitions definitions;
  if (!queues.empty()) definitions.workflow = VersionOfQueue(set, queues.front().view(), t);
  for (const Atom queue : queues) {
    const model::WorkflowVersion* version = VersionOfQueue(set, queue.view(), t);
    if (version == nullptr || !version->caseload) continue;
    definitions.caseload = &*version->caseload;
    break;
  }
  return definitions;
}

base::Result<std::vector<model::Backlog>> EvaluateBacklogs(const Shared& shared, bool* whole) {
  const Moment moment(shared);
  if (whole != nullptr) *whole = moment.whole();
  std::vector<model::Backlog> backlogs;
  for (const Atom queue : moment.Queues()) {
    auto backlog = moment.Of(queue);
    if (!backlog.ok()) return backlog.error();
    backlogs.push_back(std::move(backlog).value());
  }
  return backlogs;
}

base::Result<model::Backlog> EvaluateRollup(const Shared& shared, const std::string& filter) {
  const Moment moment(shared);
  std::vector<Atom> queues = moment.Queues();
  std::erase_if(queues, [&](Atom queue) { return !QueueMatches(queue.view(), filter); });
  return moment.Union(queues, RollupName(filter));
}

base::Result<std::optional<model::Backlog>> EvaluateBacklog(const Shared& shared,
                                                            const std::string& queue) {
  const Moment moment(shared);
  for (const Atom known : moment.Queues()) {
    if (known.view() != queue) continue;
    auto backlog = moment.Of(known);
    if (!backlog.ok()) return backlog.error();
    return std::optional(std::move(backlog).value());
  }
  return std::optional<model::Backlog>();
}

void NameCalendars(const model::PolicySet& policies, model::Backlog* backlog) {
  for (const model::Calendar* calendar :
       core::CalendarsOfQueue(policies, Atom::Intern(backlog->queue))) {
    backlog->calendars[calendar->id.str()] = calendar->version;
  }
}

void ShareMemory(Shared* shared) {
  size_t figures = 0;
  {
    const auto view = shared->table.Look();
    for (const auto& [number, partition] : view.map()) {
      const std::lock_guard lock(partition->figures_mutex);
      figures += partition->FiguresBytes();
    }
  }
  ShareCaches(shared, figures);
}

}  // namespace caseclock::runtime
