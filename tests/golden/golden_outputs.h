#pragma once

// The messages besides events, cases and alerts, every field set.

#include "engine/codec/output_codec.h"
#include "tests/golden/golden_events.h"

namespace caseclock::codec {

inline ChunkKey GoldenChunkKey() {
  return {{A("wmp/marac"), model::FigureKind::kClockRunning, A("screening"), A("high")}, 20'514, 3};
}
inline model::FigureChunk GoldenChunk() {
  const int64_t day = 20'514 * int64_t{86'400};
  return {{{day + 10, day - 500, 1}, {day + 10, day - 400, 2}, {day + 86'399, day, -1}}};
}

inline model::Backlog GoldenBacklog() {
  model::Backlog b;
  b.queue = "wmp/marac";
  b.as_of = Minute(0);
  b.watermark = Minute(-1);
  b.offsets = {{0, 1203}, {1, 1177}};
  b.definitions = "2026-11";
  b.open = 41;
  b.by_stage = {{"listed", 32}, {"referred", 9}};
  b.by_risk = {{"high", 30}, {"medium", 8}, {"ungraded", 3}};
  b.unassigned = {3, 86'400};
  b.ungraded = {1, 3'600};
  b.unqualified = 2;
  b.paused = {{"custody", 2}};
  b.age_max = 2'592'000;
  b.age_p50 = 432'000;
  b.age_p90 = 1'036'800;
  b.oldest_case = "C-000017";
  b.net_age_max = 2'400'000;
  b.older_than = {{"P7D", 12}, {"P30D", 1}};
  b.clocks["screening"] = {9,           1,
                           2,           4,
                           8,           2,
                           7'200,       {{"high", 2}},
                           "C-000099",  {{"cohort", "P28D", 118, 7}, {"period", "P28D", 121, 9}},
                           base::kNever};
  b.flow = {{"P1D", {5, 4}}, {"P7D", {31, 35}}};
  b.outcomes_by_code = {{"1", 61}, {"18", 300}};
  b.closed = 590;
  b.closed_by_outcome = {{"1", 60}};
  b.outcomes = {{"charge, caution", "cohort", "P365D", 61, 590}};
  b.suppressed_below = 5;
  return b;
}

inline model::Backlog GoldenBacklogWithScreening() {
  model::Backlog b = GoldenBacklog();
  b.screening = {{"2026-01", "supervisor", "P28D", 60, 31, 4, 3},
                 {"none", "none", "P7D", 0, 0, 1, 0}};
  b.calendars = {{"england-and-wales", "2026-11"}, {"office", "3"}};
  return b;
}

inline model::Backlog GoldenBacklogWithCaseload() {
  model::Backlog b = GoldenBacklog();
  b.caseload = {50, 9, 61, 2, 112, {{"h-17", 61}, {"h-3", 51}}};
  return b;
}
inline model::Backlog GoldenBacklogWithNextDue() {
  model::Backlog b = GoldenBacklog();
  b.clocks.begin()->second.next_due_at = Minute(90);
  return b;
}
inline ChunkKey GoldenHandledKey() {
  return {{A("wmp/rso"), model::FigureKind::kHandled, A("h-17"), {}}, 0, 3};
}
inline model::FigureChunk GoldenHandled() {
  return {{{0, 0, 61}}};
}

inline model::PartitionShare GoldenShare() {
  return {3,
          1'204,
          Minute(0),
          {{"wmp/marac", "", Minute(-90), "C-000017"},
           {"wmp/marac", "screening", Minute(-1), "C-000099"}},
          {},
          {}};
}

inline model::CommitRecord GoldenCommit() {
  return {42,        kAlertId,   100,  200,  99,    17, 0xdeadbeefU,
          Minute(0), "9f86d081", true, true, false, {}, {}};
}
inline model::CommitRecord GoldenCommitWithSteps() {
  model::CommitRecord commit = GoldenCommit();
  commit.steps = {{200, Minute(-2), Minute(0), base::kNever, 0, 1, {}, {}},
                  {200, Minute(-1), Minute(1), Minute(0), 17, 2, {}, {}}};
  return commit;
}
inline model::CommitRecord GoldenCommitWithCalendars() {
  model::CommitRecord commit = GoldenCommit();
  commit.steps = {{200, Minute(-1), Minute(1), Minute(-1), 0, 2, "C-000017", "C-000099"}};
  return commit;
}

inline model::HeardSources GoldenHeard() {
  const model::Hearing first{Minute(-500), 0x0123456789abcdefU, 3, 1'100};
  const model::Hearing last{Minute(-1), 0xfedcba9876543210U, 3, 1'203};
  return {{A("rms"), last, {{{}, first}, {first, last}}}, {A("marac-register"), first, {}}};
}
inline model::CommitRecord GoldenCommitWithSources() {
  model::CommitRecord commit = GoldenCommit();
  commit.heard = GoldenHeard();
  return commit;
}
inline model::PartitionShare GoldenShareWithSources() {
  model::PartitionShare share = GoldenShare();
  share.heard = GoldenHeard();
  share.heard_to = Minute(0);
  return share;
}
inline model::Alert GoldenSourceAlert() {
  model::Alert alert;
  alert.id = model::SilenceAlertId(A("rms"), 0xfedcba9876543210U, {});
  alert.rung = A("breach");
  alert.clock = A(model::kSilentSource);
  alert.source = A("rms");
  alert.due_at = alert.clock_due_at = Minute(359);
  alert.detected_at = Minute(360);
  alert.transitions.push_back({model::AlertState::kRaised, 1, Minute(360), std::nullopt, false});
  alert.proof.policy_hash = A("9f86d081");
  alert.proof.started_at = Minute(-1);
  alert.proof.budget = base::Hours(6);
  alert.proof.segments.push_back({Minute(-1), Minute(360), true, {}});
  alert.proof.causes.push_back({3, 1'203, Minute(-1)});
  return alert;
}
inline model::SourcesRecord GoldenSources() {
  return {Minute(360),
          {GoldenSourceAlert()},
          {{A("rms"), Minute(-1), Minute(359), true},
           {A("marac-register"), base::kLongAgo, Minute(600), false}}};
}

inline model::Reject GoldenReject() {
  model::Reject r;
  r.key = "C-000123";
  r.value = std::string("\x0a\xff", 2);
  r.value_size = 2;
  r.headers = {{"content-type", "application/protobuf"}};
  r.topic = "caseclock.events";
  r.partition = 3;
  r.offset = 1'234'567;
  r.timestamp = Minute(0);
  r.reason = model::RejectReason::kUnparsable;
  r.message = "Expected a protobuf CaseEvent, but the bytes break off or do not fit at event_id";
  return r;
}

inline model::PolicyRecord GoldenPolicy() {
  return {"9f86d081", {{"marac.yaml", "workflow: marac\n"}, {"rso.yaml", "workflow: rso\n"}}};
}

inline model::ActivationRecord GoldenActivation() {
  return {"9f86d081", base::kLongAgo, Minute(0), "U-7"};
}

inline model::MigrationRecord GoldenMigration() {
  model::MigrationRecord m;
  m.source = {0x0123456789abcdefULL, 0xfedcba9876543210ULL};
  m.source_partitions = 8;
  m.partitions = 24;
  m.clock = Minute(-3);
  m.started_at = Minute(0);
  m.finished_at = Minute(1);
  m.stage = model::MigrationStage::kAlerts;
  m.partition = 5;
  m.after_case = "C-000017";
  m.next_offset = 1'204;
  m.cases = 1'000;
  m.pages = 12;
  m.alerts = 34;
  m.rejects = 2;
  m.policies = 4;
  m.bytes = 5'000'000'000;
  m.commits = 96;
  return m;
}

}  // namespace caseclock::codec
