#pragma once

// The work of one partition between two commits: decode, load, fire timers, step; and the products
// that wait for the commit. A fact about a handler is relayed to the other partitions by the one
// that a client sent it to, and taken by each. Owned by a worker; one thread.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/codec/event_codec.h"
#include "engine/core/step.h"
#include "engine/log/log.h"
#include "engine/model/alert.h"
#include "engine/model/records.h"
#include "engine/runtime/partition.h"

namespace caseclock::runtime {

// A record of another partition's case on its way there, or a fact about a handler on its way to
// all.
struct Reroute {
  int32_t partition = 0;
  std::string key;
  std::string value;
  base::Instant timestamp;
  std::vector<std::pair<std::string, std::string>> headers;
};

// An alert, encoded as soon as it was told: a catch-up tells thousands in a commit, and the structs
// would be ten times as large.
struct EncodedAlert {
  base::Hash128 id;
  uint32_t at = 0;  // of its bytes in Products::alert_bytes: value, then case id
  uint32_t value_size = 0;
  uint32_t case_id_size = 0;
  uint32_t revision = 0;
  uint32_t transition = 0;  // number of the transition told, from 1
  model::AlertState state = model::AlertState::kRaised;
};

// What a commit will make known besides the touched cases.
struct Products {
  std::vector<EncodedAlert> alerts;
  std::string alert_bytes;
  std::vector<std::shared_ptr<const model::Alert>> alerts_to_tell;  // only if someone subscribed
  std::vector<model::Reject> rejects;
  std::vector<Reroute> reroutes;
  std::vector<model::FigureDelta> figures;
  std::vector<model::CommitStep> steps;  // the schedule, for the commit record
  int64_t input_from = 0;
  int64_t input_to = 0;
  int64_t input_records = 0;
  size_t input_bytes = 0;    // of their values
  bool clock_moved = false;  // timers fired
  bool historical = false;
  bool repair = false;    // by `state repair`
  bool partials = false;  // the chunks of figures that changed go with it

  [[nodiscard]] bool empty() const { return input_records == 0 && !clock_moved; }
  void Clear(int64_t next_input);
};

class Task {
 public:
  Task(Shared* shared, int32_t number);

  Partition& partition() { return *partition_; }
  [[nodiscard]] const Partition& partition() const { return *partition_; }
  [[nodiscard]] const std::shared_ptr<Partition>& shared_partition() const { return partition_; }

  // Takes records of this partition, from the `first` one of the batch on, and answers how many;
  // `wall` is the wall clock now. Where a commit has enough before the last of them (very many
  // timers between two records, or large records), fewer, or none: commit, and call again.
  base::Result<size_t> Process(const log::RecordBatch& batch, size_t first, base::Instant wall);
  // It is now `t`: fires the timers due by then, until they told `most_alerts` or kTimersAtOnce
  // have fired, so that a commit stays bounded however long nobody looked. Once all have fired, the
  // partition's clock is at least `t`; while NextTimer() <= t, commit and call again.
  base::Status AdvanceTo(base::Instant t, base::Instant wall, size_t most_alerts = kAlertsAtOnce);
  static constexpr size_t kTimersAtOnce = 8192;
  static constexpr size_t kAlertsAtOnce = 16'384;
  // Whether there may be cases that have yet to follow corrected calendars
  // (core/follow_calendars.h) by the partition's clock.
  [[nodiscard]] bool HasToFollow() const;
  // Looks for the next of them, by id. False: there are none among those it looked at.
  base::Result<bool> FindToFollow();
  // Lets those that were found follow. Call FindToFollow for each commit that is to have some; what
  // they tell is bounded by how many it finds.
  base::Status FollowCalendars(base::Instant wall);
  // The earliest instant at which AdvanceTo has something to fire.
  [[nodiscard]] base::Instant NextTimer() const { return partition_->timers.Next(); }

  Products products;
  bool at_end = false;  // everything there was has been taken
  // Since then nobody has found all of its input read: what the log said before may be of no use.
  bool stood_still = false;
  bool came_in = false;                   // something, since its end was last looked for
  std::optional<base::Duration> told_at;  // its figures, by the monotonic clock

 private:
  // A decoded record of a slice. Kept from slice to slice for its memory.
  struct Slot {
    model::Event event;
    codec::DecodeScratch scratch;
    model::Arrival arrival;
    const log::RecordView* record = nullptr;
    uint64_t hash = 0;
    std::string register_id;  // of a fact about a handler: its event's case id
    bool usable = false;
  };
  base::Status ProcessSlice(std::span<const log::RecordView> records,
                            const model::CommitStep& step);
  // How many of these to take at once; none: timers have to fire ahead of the first, too many for
  // this commit.
  [[nodiscard]] size_t NextSlice(std::span<const log::RecordView> records,
                                 const model::CommitStep& step) const;
  bool DecodeSlot(const log::RecordView& record, Slot* slot);
  void Refuse(const log::RecordView& record, model::RejectReason reason, std::string message);
  void SendHome(const log::RecordView& record, const model::Event& event, int32_t home);
  void Relay(const log::RecordView& record, base::Atom handler);
  bool IsReferable(const log::RecordView& record, const model::Event& event);
  // Whatever becomes of the event: its source has sent it.
  void HearSource(const Slot& slot);
  // From when on more timers are due, of those that are due by `until`, than may fire ahead of one
  // record; kNever: they may all.
  [[nodiscard]] base::Instant TooManyFrom(base::Instant until) const;
  static constexpr size_t kMostLoaded = 4096;  // cases at once
  base::Status LoadFor(base::Instant until, size_t most);
  base::Status StepEvent(const Slot& slot, const model::CommitStep& step);
  // The case, decoded for the commit in hand; a new one if there is none.
  base::Result<CachedCase*> Touched(std::string_view case_id, uint64_t hash);
  // Puts an event into the ledger of its case; `hash` is that of the case id.
  base::Status PutEvent(const model::Event& event, const model::Arrival& arrival, uint64_t hash,
                        const model::CommitStep& step);
  void CountDisposition(const model::Event& event) const;
  // What is known of the handler, into the ledger of a case that is about to name him.
  base::Status TakeKnownFacts(base::Atom handler, const model::Event& assignment, uint64_t hash,
                              const model::CommitStep& step);
  // A fact that is new in the ledger of its handler, into those of the cases that have named him.
  base::Status SpreadFact(const model::Event& fact, const model::Arrival& arrival,
                          const model::CommitStep& step);
  base::Status FireTimers(base::Instant until, base::Instant wall, size_t most, size_t most_alerts);
  // What is due of this case by `until`.
  base::Status FireTimersOf(CachedCase* entry, base::Instant until, base::Instant wall);
  base::Status FireTimer(CachedCase* entry, base::Instant until, base::Instant wall);
  base::Status Tick(CachedCase* entry);
  // Calls step(loaded pages) until it needs no more of them.
  template <typename StepCall>
  base::Status StepWithPages(CachedCase* entry, const StepCall& step);
  void TakeAlerts();
  base::Status TakeOutcome(CachedCase* entry, base::Instant timer_before);
  void SetContext(base::Instant now, base::Instant wall);
  [[nodiscard]] model::CommitStep NewStep(base::Instant wall, base::Instant limit) const;

  Shared* const shared_;
  const std::shared_ptr<Partition> partition_;
  std::shared_ptr<const PolicyTimeline> timeline_;
  std::shared_ptr<const model::PolicySet> policies_;           // in force at context_.now
  std::map<base::Atom, const model::Workflow*> known_queues_;  // of policies_; null: unknown
  core::StepContext context_;
  core::StepOutcome outcome_;
  std::vector<Slot> slots_;
  std::vector<std::string_view> ids_;
  std::vector<model::ClosedPage> loaded_;
  std::string entry_bytes_;
  base::Instant following_;          // the correction that FindToFollow looks for
  std::string follow_after_;         // the id behind which `follow_` lies
  std::string followed_to_;          // the id up to which all cases have
  std::vector<std::string> follow_;  // found
  std::vector<std::pair<std::string_view, std::string_view>> headers_;
  int64_t ticks_ = 0;  // timers fired, ever
};

}  // namespace caseclock::runtime
