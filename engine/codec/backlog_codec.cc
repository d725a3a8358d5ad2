#include "caseclock/v1/figures.pb.h"
#include "engine/codec/generated.h"
#include "engine/codec/output_codec.h"

namespace caseclock::codec {
namespace {

template <typename Map, typename Message>
void SetMap(const Map& from, Message* to) {
  for (const auto& [key, value] : from) (*to)[key] = value;
}

template <typename Message, typename Map>
void GetMap(const Message& from, Map* to) {
  for (const auto& [key, value] : from) (*to)[key] = value;
}

void SetClock(const model::ClockFigures& clock, v1::ClockFigures* message) {
  message->set_running(clock.running);
  message->set_paused(clock.paused);
  message->set_undated(clock.undated);
  message->set_due_24h(clock.due_24h);
  message->set_due_7d(clock.due_7d);
  message->set_overdue(clock.overdue);
  message->set_overdue_seconds_max(clock.overdue_seconds_max);
  SetMap(clock.overdue_by_risk, message->mutable_overdue_by_risk());
  message->set_most_overdue_case(clock.most_overdue_case);
  if (clock.next_due_at != base::kNever) {
    SetInstant(clock.next_due_at, message->mutable_next_due_at());
  }
  for (const model::WithinTarget& target : clock.within_target) {
    v1::WithinTarget* added = message->add_within_target();
    added->set_by(target.by);
    added->set_window(target.window);
    added->set_met(target.met);
    added->set_missed(target.missed);
  }
}

model::ClockFigures GetClock(const v1::ClockFigures& message) {
  model::ClockFigures clock;
  clock.running = message.running();
  clock.paused = message.paused();
  clock.undated = message.undated();
  clock.due_24h = message.due_24h();
  clock.due_7d = message.due_7d();
  clock.overdue = message.overdue();
  clock.overdue_seconds_max = message.overdue_seconds_max();
  GetMap(message.overdue_by_risk(), &clock.overdue_by_risk);
  clock.most_overdue_case = message.most_overdue_case();
  if (message.has_next_due_at()) clock.next_due_at = GetInstant(message.next_due_at());
  for (const v1::WithinTarget& target : message.within_target())
    clock.within_target.push_back({target.by(), target.window(), target.met(), target.missed()});
  return clock;
}

void SetCountAge(const model::CountAge& from, v1::CountAge* to) {
  to->set_count(from.count);
  to->set_age_seconds_max(from.age_seconds_max);
}

void SetCaseload(const model::Caseload& caseload, v1::Caseload* message) {
  message->set_limit(caseload.limit);
  message->set_handlers(caseload.handlers);
  message->set_cases_max(caseload.cases_max);
  message->set_handlers_over(caseload.handlers_over);
  message->set_cases_of_handlers_over(caseload.cases_of_handlers_over);
  for (const model::HandlerCases& one : caseload.over) {
    v1::HandlerCases* added = message->add_over();
    added->set_handler(one.handler);
    added->set_cases(one.cases);
  }
}

model::Caseload GetCaseload(const v1::Caseload& message) {
  model::Caseload caseload;
  caseload.limit = message.limit();
  caseload.handlers = message.handlers();
  caseload.cases_max = message.cases_max();
  caseload.handlers_over = message.handlers_over();
  caseload.cases_of_handlers_over = message.cases_of_handlers_over();
  for (const v1::HandlerCases& one : message.over())
    caseload.over.push_back({one.handler(), one.cases()});
  return caseload;
}

void SetCases(const model::Backlog& backlog, v1::Backlog* message) {
  message->set_open(backlog.open);
  SetMap(backlog.by_stage, message->mutable_by_stage());
  SetMap(backlog.by_risk, message->mutable_by_risk());
  SetCountAge(backlog.unassigned, message->mutable_unassigned());
  SetCountAge(backlog.ungraded, message->mutable_ungraded());
  message->set_unqualified(backlog.unqualified);
  if (backlog.caseload) SetCaseload(*backlog.caseload, message->mutable_caseload());
  SetMap(backlog.paused, message->mutable_paused());
  message->set_age_seconds_max(backlog.age_max);
  message->set_age_seconds_p50(backlog.age_p50);
  message->set_age_seconds_p90(backlog.age_p90);
  message->set_oldest_case(backlog.oldest_case);
  message->set_net_age_seconds_max(backlog.net_age_max);
  SetMap(backlog.older_than, message->mutable_older_than());
}

void GetCases(const v1::Backlog& message, model::Backlog* backlog) {
  backlog->open = message.open();
  GetMap(message.by_stage(), &backlog->by_stage);
  GetMap(message.by_risk(), &backlog->by_risk);
  backlog->unassigned = {message.unassigned().count(), message.unassigned().age_seconds_max()};
  backlog->ungraded = {message.ungraded().count(), message.ungraded().age_seconds_max()};
  backlog->unqualified = message.unqualified();
  if (message.has_caseload()) backlog->caseload = GetCaseload(message.caseload());
  GetMap(message.paused(), &backlog->paused);
  backlog->age_max = message.age_seconds_max();
  backlog->age_p50 = message.age_seconds_p50();
  backlog->age_p90 = message.age_seconds_p90();
  backlog->oldest_case = message.oldest_case();
  backlog->net_age_max = message.net_age_seconds_max();
  GetMap(message.older_than(), &backlog->older_than);
}

void SetFlows(const model::Backlog& backlog, v1::Backlog* message) {
  for (const auto& [window, flow] : backlog.flow) {
    v1::Flow& added = (*message->mutable_flow())[window];
    added.set_in(flow.in);
    added.set_out(flow.out);
  }
  for (const model::Screening& screening : backlog.screening) {
    v1::Screening* added = message->add_screening();
    added->set_guidance(screening.guidance);
    added->set_role(screening.role);
    added->set_window(screening.window);
    added->set_in(screening.in);
    added->set_out(screening.out);
    added->set_returned(screening.returned);
    added->set_deviations(screening.deviations);
  }
  SetMap(backlog.outcomes_by_code, message->mutable_outcomes_by_code());
  message->set_closed(backlog.closed);
  SetMap(backlog.closed_by_outcome, message->mutable_closed_by_outcome());
  for (const model::OutcomeRatio& ratio : backlog.outcomes) {
    v1::OutcomeRatio* added = message->add_outcomes();
    added->set_definition(ratio.definition);
    added->set_by(ratio.by);
    added->set_window(ratio.window);
    added->set_positive(ratio.positive);
    added->set_of(ratio.of);
  }
}

void GetFlows(const v1::Backlog& message, model::Backlog* backlog) {
  for (const auto& [window, flow] : message.flow()) backlog->flow[window] = {flow.in(), flow.out()};
  for (const v1::Screening& s : message.screening()) {
    backlog->screening.push_back(
        {s.guidance(), s.role(), s.window(), s.in(), s.out(), s.returned(), s.deviations()});
  }
  GetMap(message.outcomes_by_code(), &backlog->outcomes_by_code);
  backlog->closed = message.closed();
  GetMap(message.closed_by_outcome(), &backlog->closed_by_outcome);
  for (const v1::OutcomeRatio& r : message.outcomes())
    backlog->outcomes.push_back({r.definition(), r.by(), r.window(), r.positive(), r.of()});
}

}  // namespace

void EncodeBacklog(const model::Backlog& backlog, std::string* out) {
  v1::Backlog message;
  message.set_queue(backlog.queue);
  SetInstant(backlog.as_of, message.mutable_as_of());
  SetInstant(backlog.watermark, message.mutable_watermark());
  SetMap(backlog.offsets, message.mutable_offsets());
  message.set_definitions(backlog.definitions);
  SetCases(backlog, &message);
  for (const auto& [name, clock] : backlog.clocks)
    SetClock(clock, &(*message.mutable_clocks())[name]);
  SetFlows(backlog, &message);
  message.set_suppressed_below(backlog.suppressed_below);
  SetMap(backlog.calendars, message.mutable_calendars());
  AppendMessage(message, out);
}

base::Status DecodeBacklog(std::string_view bytes, model::Backlog* backlog) {
  v1::Backlog message;
  if (base::Status parsed = ParseMessage(bytes, "a backlog", &message); !parsed.ok()) return parsed;
  *backlog = {};
  backlog->queue = message.queue();
  backlog->as_of = GetInstant(message.as_of());
  backlog->watermark = GetInstant(message.watermark());
  GetMap(message.offsets(), &backlog->offsets);
  backlog->definitions = message.definitions();
  GetCases(message, backlog);
  for (const auto& [name, clock] : message.clocks()) backlog->clocks[name] = GetClock(clock);
  GetFlows(message, backlog);
  backlog->suppressed_below = message.suppressed_below();
  GetMap(message.calendars(), &backlog->calendars);
  return {};
}

}  // namespace caseclock::codec
