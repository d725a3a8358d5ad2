// How cases go in each queue. The shares are those of public figures where there are some
// (SafeLives: 31 % repeats; NPCC 2016: offenders by level 2, 18, 30, 50 %), else plausible; the
// mean waits lie near the limits of deploy/policies, so that most cases are in time and some are
// not.

#include <algorithm>

#include "consumers/simulator/plan.h"

namespace caseclock::simulator {
namespace {

using base::Days;
using base::Hours;
using model::EventType;

// The next meeting: every second Tuesday at 09:30, whose agenda closed six days before.
Instant NextMeeting(Instant from) {
  constexpr int64_t kFortnight = 14 * 86'400;
  constexpr int64_t kFirst = 5 * 86'400 + 34'200;  // 1970-01-06 was a Tuesday
  const int64_t earliest = (from + Days(6)).Seconds();
  const int64_t rounds = (earliest - kFirst + kFortnight - 1) / kFortnight;
  return Instant::FromSeconds(kFirst + rounds * kFortnight);
}

Atom LevelOf(Random* random) {
  const Codes& c = Codes::Get();
  return random->Pick<Atom>({{c.very_high, 2}, {c.high, 18}, {c.medium, 30}, {c.low, 50}});
}

base::Duration VisitInterval(Atom level) {
  const Codes& c = Codes::Get();
  if (level == c.very_high) return Days(29);
  if (level == c.high) return Days(88);
  return level == c.medium ? Days(178) : Days(360);
}

void ReturnedOnce(CasePlan* plan) {
  const Codes& c = Codes::Get();
  plan->Add(EventType::kScreened, c.returned, c.guidance).value = 9;
  plan->Add(EventType::kPaused, c.returned_incomplete);
  plan->Pass(Days(2));
  plan->Add(EventType::kResumed, c.returned_incomplete);
  plan->Pass(Hours(6));
}

// What the meeting gave to agencies: each by a date, and all of it before the next meeting.
void ActionsOfMarac(Instant meeting, CasePlan* plan) {
  const Codes& c = Codes::Get();
  std::vector<Atom> actions;
  for (const Atom action : {c.action_idva, c.action_police, c.action_housing,
                            c.action_childrens_services, c.action_health}) {
    if (plan->random.Chance(0.15)) actions.push_back(action);
  }
  for (const Atom action : actions) {
    plan->Add(EventType::kScheduled, action).value = (meeting + Days(10)).us;
  }
  for (const Atom action : actions) {
    plan->Pass(Days(2));
    plan->Did(action, 0.15);
  }
  plan->Pass(Days(2));
  plan->Did(c.actions_completed);
}

// What the agencies that were asked know, and all of it together, before the meeting.
void ResearchOfMarac(Instant meeting, CasePlan* plan) {
  const Codes& c = Codes::Get();
  std::vector<Atom> asked;
  for (const Atom agency : {c.research_police, c.research_housing, c.research_health}) {
    if (plan->random.Chance(0.15)) asked.push_back(agency);
  }
  for (const Atom agency : asked) {
    plan->Add(EventType::kScheduled, agency).value = meeting.us;
  }
  for (const Atom agency : asked) {
    plan->Pass(Hours(20));
    plan->Did(agency, 0.15);
  }
  plan->Pass(Hours(20));
  plan->Did(c.research_completed);
}

void MeetingOfMarac(CasePlan* plan) {
  const Codes& c = Codes::Get();
  Instant meeting = NextMeeting(plan->now());
  plan->Pass(Hours(5));
  plan->Add(EventType::kScheduled, c.hearing).value = meeting.us;
  if (plan->random.Chance(0.04)) {
    plan->Pass(Days(2));
    plan->Add(EventType::kPaused, c.victim_moved);
    plan->Pass(Days(6));
    plan->Add(EventType::kResumed, c.victim_moved);
    meeting = NextMeeting(plan->now());
  }
  plan->set_now(std::max(meeting - Days(5) - Hours(8), plan->now()));
  plan->Did(c.agenda_circulated, 0.0);
  ResearchOfMarac(meeting, plan);
  if (plan->random.Chance(0.08)) meeting = NextMeeting(meeting + Days(1));  // deferred
  plan->set_now(std::max(meeting, plan->now()));
  plan->Did(c.hearing, 0.15);
  plan->Pass(Hours(30));
  plan->Did(c.actions_circulated);
  ActionsOfMarac(meeting, plan);
  plan->Pass(Days(1));
  plan->Add(EventType::kClosed, c.heard);
}

// The date of what is to be done next is noted, but now and then forgotten.
void Schedule(Atom activity, Instant at, CasePlan* plan) {
  if (!plan->Remembers(0.06)) return;
  plan->Add(EventType::kScheduled, activity).value = at.us;
}

void Absence(Atom reason, base::Duration mean, CasePlan* plan) {
  plan->Add(EventType::kPaused, reason);
  plan->Pass(mean);
  plan->Add(EventType::kResumed, reason);
}

void Charged(CasePlan* plan) {
  const Codes& c = Codes::Get();
  plan->Did(plan->random.Chance(0.5) ? c.arrest : c.interview, 0.12);
  plan->Pass(Days(3));
  plan->Did(c.victim_informed, 0.2);
  if (plan->random.Chance(0.3)) plan->Did(c.file_to_cps);
  plan->Pass(Days(12));
}

// Assessed, and looked at by a supervisor.
void Assess(Atom level, int64_t score, double late, CasePlan* plan) {
  const Codes& c = Codes::Get();
  plan->Add(EventType::kAssessed, level, c.arms, late).value = score;
  plan->Pass(Days(4));
  plan->Did(c.supervisor_review);
}

// What befalls few offenders: no home of their own, a journey abroad, a duty not met.
void Incidents(CasePlan* plan) {
  const Codes& c = Codes::Get();
  if (plan->random.Chance(0.02)) {
    plan->Did(c.no_fixed_abode);
    for (int week = 0; week < 3; ++week) {
      plan->set_now(plan->now() + plan->random.Between(Days(5), Days(7)));
      plan->Did(c.notification);
    }
    plan->Did(c.fixed_abode);
  }
  if (plan->random.Chance(0.03)) {
    plan->Add(EventType::kScheduled, c.departure).value = (plan->now() + Days(24)).us;
    plan->Pass(Days(6));
    plan->Did(c.travel_notification);
  }
  if (plan->random.Chance(0.02)) {
    plan->Did(c.breach_established);
    plan->Pass(Hours(9));
    plan->Did(c.breach_recorded);
  }
}

// The victim asks for the decision to be looked at again.
void Reviewed(CasePlan* plan) {
  const Codes& c = Codes::Get();
  plan->Pass(Days(15));
  plan->Did(c.review_requested);
  plan->Pass(Days(5));
  plan->Did(c.review_acknowledged);
  plan->Pass(Days(15));
  plan->Did(c.review_decided);
}

}  // namespace

void PlanMarac(uint64_t seed, uint32_t number, CasePlan* plan) {
  const Codes& c = Codes::Get();
  Random& random = plan->random;
  uint32_t earlier = 0;
  const bool repeat = RepeatOf(seed, number, &earlier);
  const Atom risk =
      random.Pick<Atom>({{c.high, repeat ? 80 : 60}, {c.medium, 24}, {c.standard, 9}, {Atom(), 7}});
  const Atom origin = random.Pick<Atom>({{c.dash, 40}, {c.dara, 24}, {c.partner, 36}});
  plan->Add(EventType::kReferred, risk, origin, 0.03);
  const bool safe = !random.Chance(0.12);
  plan->Did(c.number_checked).extra = safe ? c.safe_to_call : c.unsafe_to_call;
  plan->Pass(Hours(5));
  if (!safe) plan->Did(c.safe_route_agreed);
  plan->AssignSomebody(c.coordinator);
  plan->Pass(Hours(14));
  if (plan->Remembers(0.07)) plan->Did(c.idva_contact, 0.18);
  if (risk.empty() || random.Chance(0.1)) {
    plan->Pass(Hours(3));
    plan->Add(EventType::kAssessed, c.high, c.dash).value =
        14 + static_cast<int64_t>(random.Below(8));
  }
  plan->Pass(Hours(9));
  if (random.Chance(0.06)) ReturnedOnce(plan);
  if (random.Chance(0.17)) {
    plan->Add(EventType::kScreened, c.out, c.guidance).value =
        static_cast<int64_t>(random.Below(14));
    plan->Pass(Hours(2));
    plan->Add(EventType::kClosed, c.screened_out);
    return;
  }
  plan->Add(EventType::kScreened, c.in, c.guidance).value =
      14 + static_cast<int64_t>(random.Below(10));
  MeetingOfMarac(plan);
}

void PlanRso(CasePlan* plan) {
  const Codes& c = Codes::Get();
  Random& random = plan->random;
  const Atom origin = random.Pick<Atom>({{c.court, 70}, {c.order, 15}, {c.transfer_in, 15}});
  const bool graded = origin == c.transfer_in;
  Atom level = LevelOf(&random);
  plan->Add(EventType::kReferred, graded ? level : Atom(), origin);
  plan->Pass(Days(1));
  plan->Did(c.notification);
  plan->Pass(Hours(20));
  plan->AssignSomebody(c.offender_manager);
  if (random.Chance(0.06)) {
    Absence(c.custody, Days(20), plan);
    plan->Pass(Hours(20));
    plan->Did(c.release_notification);
  }
  plan->Pass(Days(8));
  Instant counted_from = plan->now();
  Assess(level, 10 + static_cast<int64_t>(random.Below(30)), 0.2, plan);
  Incidents(plan);
  const int visits = 1 + static_cast<int>(random.Below(4));
  for (int i = 0; i < visits; ++i) {
    // Visits are aimed at the interval and sometimes slip past it; most are typed up afterwards.
    const Instant aim = counted_from + random.Between(VisitInterval(level) - Days(20),
                                                      VisitInterval(level) + Days(3));
    const Instant visit_at = std::max(aim, plan->now() + Hours(1));
    const base::Duration slack = random.Chance(0.07) ? base::Duration{} - Days(2) : Hours(10);
    Schedule(c.home_visit, visit_at + slack, plan);
    plan->set_now(visit_at);
    if (random.Chance(0.12)) {
      plan->Did(c.home_visit_attempted, 0.4).extra = c.no_reply;
      plan->Pass(Days(1));
    }
    plan->Did(c.home_visit, 0.4);
    counted_from = plan->now();
    if (random.Chance(0.05)) {
      Absence(c.abroad, Days(9), plan);
      plan->Pass(Hours(20));
      plan->Did(c.return_notification);
    }
    if (random.Chance(0.1)) {
      level = LevelOf(&random);
      plan->Pass(Days(2));
      Assess(level, 10, 0.07, plan);
    }
    if (random.Chance(0.08)) plan->Did(c.change_notification);
  }
  Schedule(c.home_visit, plan->now() + VisitInterval(level), plan);
}

void PlanOnlineWork(CasePlan* plan) {
  const Codes& c = Codes::Get();
  Random& random = plan->random;
  const Atom grade =
      random.Pick<Atom>({{c.very_high, 6}, {c.high, 24}, {c.medium, 35}, {c.low, 35}});
  plan->Add(EventType::kAssessed, grade, c.kirat).value = static_cast<int64_t>(random.Below(60));
  const base::Duration target = grade == c.very_high ? Hours(6)
                                : grade == c.high    ? Days(4)
                                : grade == c.medium  ? Days(10)
                                                     : Days(24);
  plan->Pass(Hours(2));
  Schedule(c.enforcement, plan->now() + base::Duration{target.us / 2 * 3} + Hours(12), plan);
  plan->Pass(Hours(10));
  plan->Did(c.safeguarding_referral);
  plan->Pass(Hours(8));
  plan->AssignSomebody(c.investigator);
  if (random.Chance(0.1)) Absence(c.awaiting_resolution, Days(3), plan);
  if (random.Chance(0.08)) {
    plan->Did(c.intelligence_received);
    plan->Pass(Hours(7));
    plan->Did(c.intelligence_disseminated);
  }
  plan->Pass(base::Duration{target.us / 2});
  if (random.Chance(0.75)) plan->Did(c.warrant_granted);
  plan->Pass(base::Duration{target.us / 2});
  if (random.Chance(0.12)) {
    plan->Add(EventType::kOutcome, Atom::Intern("20"));
    plan->Add(EventType::kClosed, c.filed);
    return;
  }
  plan->Did(c.enforcement, 0.15);
  plan->Pass(Days(2));
  plan->Did(c.forensics_submitted);
  plan->Pass(Days(45));
  plan->Add(EventType::kOutcome,
            random.Pick<Atom>({{Codes::Of("1"), 55}, {Codes::Of("15"), 30}, {Codes::Of("3"), 15}}));
  plan->Pass(Days(1));
  plan->Add(EventType::kClosed, c.finalised);
}

void PlanOcset(CasePlan* plan) {
  const Codes& c = Codes::Get();
  Random& random = plan->random;
  const Atom origin = random.Pick<Atom>({{c.nca, 70}, {c.public_report, 18}, {c.other_force, 12}});
  plan->Add(EventType::kReferred, Atom(), origin);
  plan->Pass(Hours(9));
  if (random.Chance(0.8)) plan->Did(c.subscriber_requested);
  plan->Pass(Hours(28));
  PlanOnlineWork(plan);
}

namespace {

void RecordCrime(CasePlan* plan) {
  const Codes& c = Codes::Get();
  Random& random = plan->random;
  const Atom risk = random.Pick<Atom>({{c.standard, 66}, {c.medium, 20}, {c.high, 8}, {Atom(), 6}});
  const Atom origin = random.Pick<Atom>({{c.call, 55}, {c.online, 30}, {c.station, 15}});
  plan->Add(EventType::kReferred, risk, origin);
  plan->Pass(Hours(9));
  plan->Did(c.crime_recorded);
  if (plan->Remembers(0.04)) plan->Did(c.written_confirmation);
  if (plan->Remembers(0.1)) {
    plan->Pass(Hours(14));
    plan->Did(c.support_referral, 0.1);
  }
  if (risk.empty()) {
    plan->Pass(Hours(12));
    plan->Add(EventType::kAssessed, c.standard, c.triage);
  }
}

// No line of enquiry.
void FileAtOnce(CasePlan* plan) {
  const Codes& c = Codes::Get();
  Random& random = plan->random;
  plan->Pass(Days(3));
  plan->Add(
      EventType::kOutcome,
      random.Pick<Atom>({{Codes::Of("18"), 70}, {Codes::Of("14"), 20}, {Codes::Of("16"), 10}}));
  plan->Pass(Hours(5));
  plan->Add(EventType::kClosed, c.filed);
  if (random.Chance(0.03)) Reviewed(plan);
}

void Investigate(CasePlan* plan) {
  const Codes& c = Codes::Get();
  Random& random = plan->random;
  plan->Pass(Hours(10));
  plan->AssignSomebody(c.investigator);
  plan->Pass(Hours(34));
  plan->Did(c.plan_review, 0.2);
  if (random.Chance(0.05)) {
    plan->Add(EventType::kUnassigned, c.workload);
    plan->Pass(Hours(12));
    plan->AssignSomebody(c.investigator);
  }
  plan->Pass(Hours(12));
  Schedule(c.next_action, plan->now() + Days(14), plan);
  if (random.Chance(0.35)) Charged(plan);
  plan->Pass(Days(10));
  plan->Did(c.next_action, 0.12);
  plan->Pass(Hours(6));
  Schedule(c.next_action, plan->now() + Days(21), plan);
  if (plan->Remembers(0.5)) plan->Did(c.victim_update, 0.25);
  if (plan->Remembers(0.6)) plan->Did(c.supervisor_review, 0.15);
  plan->Pass(Days(14));
  plan->Add(EventType::kOutcome, random.Pick<Atom>({{Codes::Of("1"), 17},
                                                    {Codes::Of("3"), 4},
                                                    {Codes::Of("8"), 8},
                                                    {Codes::Of("15"), 34},
                                                    {Codes::Of("16"), 32},
                                                    {Codes::Of("22"), 5}}));
  plan->Pass(Hours(20));
  plan->Add(EventType::kClosed, c.finalised);
  if (random.Chance(0.02)) {
    plan->Pass(Days(9));
    plan->Add(EventType::kReopened, c.new_information);
    plan->AssignSomebody(c.investigator);
  }
}

}  // namespace

void PlanInvestigation(CasePlan* plan) {
  const Codes& c = Codes::Get();
  Random& random = plan->random;
  RecordCrime(plan);
  if (random.Chance(0.02)) {
    plan->Pass(Hours(20));
    plan->Add(EventType::kTransferred, Codes::Of(QueueName(Queue::kOcset)), c.online_offence);
    plan->Pass(Hours(16));
    PlanOnlineWork(plan);
  } else if (random.Chance(0.52)) {
    FileAtOnce(plan);
  } else {
    Investigate(plan);
  }
}

}  // namespace caseclock::simulator
