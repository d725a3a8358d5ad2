#include "tests/unit/core/figures_reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace caseclock::core {
namespace {

using model::FigureDelta;
using model::FigureKind;

constexpr int64_t kDay = 86'400;

struct Scan {
  std::vector<FigureDelta> facts;  // one of a kind, however often

  template <typename P>
  int64_t Count(FigureKind kind, const P& holds) const {
    int64_t n = 0;
    for (const FigureDelta& f : facts) {
      if (f.key.kind == kind && holds(f)) n += f.count;
    }
    return n;
  }
};

std::string Or(base::Atom atom, const char* unnamed) {
  return atom.empty() ? unnamed : atom.str();
}

int64_t Percentile(const std::vector<int64_t>& sorted_ages, double part) {
  if (sorted_ages.empty()) return 0;
  for (const int64_t age : sorted_ages) {
    const auto within = std::count_if(sorted_ages.begin(), sorted_ages.end(),
                                      [&](int64_t other) { return other <= age; });
    if (static_cast<double>(within) >= part * static_cast<double>(sorted_ages.size())) return age;
  }
  return sorted_ages.back();
}

void ScanAges(const Scan& scan, int64_t now, model::Backlog* b) {
  std::vector<int64_t> ages;
  b->older_than = {{"P7D", 0}, {"P30D", 0}};
  for (const FigureDelta& f : scan.facts) {
    const int64_t age = now - f.second;
    if (f.key.kind == FigureKind::kNetFrozen) b->net_age_max = std::max(b->net_age_max, f.other);
    if (age < 0) continue;
    if (f.key.kind == FigureKind::kNetRunning) b->net_age_max = std::max(b->net_age_max, age);
    if (f.key.kind == FigureKind::kUnassigned) {
      b->unassigned.count += f.count;
      b->unassigned.age_seconds_max = std::max(b->unassigned.age_seconds_max, age);
    }
    if (f.key.kind == FigureKind::kUngraded) {
      b->ungraded.count += f.count;
      b->ungraded.age_seconds_max = std::max(b->ungraded.age_seconds_max, age);
    }
    if (f.key.kind != FigureKind::kOpen) continue;
    for (int i = 0; i < f.count; ++i) ages.push_back(age);
    if (age > 7 * kDay) b->older_than["P7D"] += f.count;
    if (age > 30 * kDay) b->older_than["P30D"] += f.count;
  }
  std::sort(ages.begin(), ages.end());
  b->age_max = ages.empty() ? 0 : ages.back();
  b->age_p50 = Percentile(ages, 0.5);
  b->age_p90 = Percentile(ages, 0.9);
}

model::ClockFigures ScanClock(const Scan& all, base::Atom name, int64_t now,
                              const model::WorkflowVersion* workflow) {
  Scan scan;
  for (const FigureDelta& f : all.facts) {
    if (f.key.label1 == name) scan.facts.push_back(f);
  }
  model::ClockFigures c;
  const int64_t from = now - 28 * kDay;
  const auto begun = [&](const FigureDelta& f) { return f.other <= now; };
  const auto begun_in = [&](const FigureDelta& f) { return f.other > from && f.other <= now; };
  const auto late = [&](const FigureDelta& f) { return f.second < now; };
  const auto missed_in = [&](const FigureDelta& f) {
    return f.second + 1 > from && f.second + 1 <= now;
  };
  const auto due_in = [&](int64_t span) {
    return scan.Count(FigureKind::kClockRunning, [&](const FigureDelta& f) {
      return begun(f) && f.second >= now && f.second <= now + span;
    });
  };
  c.running = scan.Count(FigureKind::kClockRunning, begun);
  c.paused = scan.Count(FigureKind::kClockPaused, [&](auto& f) { return f.second <= now; });
  c.undated = scan.Count(FigureKind::kClockUndated, [&](auto& f) { return f.second <= now; });
  c.due_24h = due_in(kDay);
  c.due_7d = due_in(7 * kDay);
  c.overdue = scan.Count(FigureKind::kClockRunning, [&](auto& f) { return begun(f) && late(f); });
  for (const FigureDelta& f : scan.facts) {
    if (f.key.kind != FigureKind::kClockRunning || !begun(f) || late(f) || f.count == 0) continue;
    c.next_due_at = std::min(c.next_due_at, base::Instant::FromSeconds(f.second));
  }
  if (workflow != nullptr) {
    for (const base::Atom risk : workflow->risks) c.overdue_by_risk[risk.str()] = 0;
  }
  for (const FigureDelta& f : scan.facts) {
    if (f.key.kind != FigureKind::kClockRunning || !begun(f) || !late(f)) continue;
    c.overdue_by_risk[Or(f.key.label2, "ungraded")] += f.count;
    c.overdue_seconds_max = std::max(c.overdue_seconds_max, now - f.second);
  }
  model::WithinTarget cohort{"cohort", "P28D", 0, 0}, period{"period", "P28D", 0, 0};
  cohort.met =
      scan.Count(FigureKind::kClockMet, [&](auto& f) { return f.second <= now && begun_in(f); });
  period.met = scan.Count(FigureKind::kClockMet,
                          [&](auto& f) { return f.second > from && f.second <= now; });
  cohort.missed = scan.Count(FigureKind::kClockMissed, [&](auto& f) {
    return late(f) && begun_in(f);
  }) + scan.Count(FigureKind::kClockRunning, [&](auto& f) { return late(f) && begun_in(f); });
  period.missed =
      scan.Count(FigureKind::kClockMissed, missed_in) +
      scan.Count(FigureKind::kClockRunning, [&](auto& f) { return begun(f) && missed_in(f); });
  c.within_target = {cohort, period};
  return c;
}

void ScanScreenings(const Scan& scan, int64_t now, model::Backlog* b) {
  std::set<std::pair<std::string, std::string>> kinds_of_work;
  for (const FigureDelta& f : scan.facts) {
    kinds_of_work.emplace(Or(f.key.label1, "none"), Or(f.key.label2, "none"));
  }
  for (const auto& [guidance, role] : kinds_of_work) {
    for (const int64_t days : {1, 7, 28}) {
      const auto decided = [&, followed = guidance, by = role](FigureKind kind) {
        return scan.Count(kind, [&](const FigureDelta& f) {
          return Or(f.key.label1, "none") == followed && Or(f.key.label2, "none") == by &&
                 f.second > now - days * kDay && f.second <= now;
        });
      };
      const model::Screening row{guidance,
                                 role,
                                 "P" + std::to_string(days) + "D",
                                 decided(FigureKind::kScreenedIn),
                                 decided(FigureKind::kScreenedOut),
                                 decided(FigureKind::kScreenedReturned),
                                 decided(FigureKind::kScreeningDeviation)};
      if (row.in + row.out + row.returned + row.deviations > 0) b->screening.push_back(row);
    }
  }
}

void ScanCaseloads(const Scan& scan, const model::WorkflowVersion* workflow, model::Backlog* b) {
  if (workflow == nullptr || !workflow->caseload) return;
  model::Caseload load;
  load.limit = workflow->caseload->limit;
  std::set<std::string> handlers;
  for (const FigureDelta& f : scan.facts) {
    if (f.key.kind == FigureKind::kHandled) handlers.insert(f.key.label1.str());
  }
  for (const std::string& handler : handlers) {
    const int64_t cases = scan.Count(
        FigureKind::kHandled, [&](const FigureDelta& f) { return f.key.label1.view() == handler; });
    load.handlers += 1;
    load.cases_max = std::max(load.cases_max, cases);
    if (cases > load.limit) load.over.push_back({handler, cases});
  }
  for (const model::HandlerCases& one : load.over) load.cases_of_handlers_over += one.cases;
  load.handlers_over = static_cast<int64_t>(load.over.size());
  std::sort(load.over.begin(), load.over.end(), [](const auto& x, const auto& y) {
    return std::pair(-x.cases, x.handler) < std::pair(-y.cases, y.handler);
  });
  if (load.over.size() > 20) load.over.resize(20);
  b->caseload = load;
}

void ScanOutcomes(const Scan& scan, int64_t now, const model::WorkflowVersion* workflow,
                  model::Backlog* b) {
  for (const FigureDelta& f : scan.facts) {
    if (f.second > now) continue;
    if (f.key.kind == FigureKind::kOutcome) {
      b->outcomes_by_code[Or(f.key.label1, "none")] += f.count;
    }
    if (f.key.kind == FigureKind::kClosed) {
      b->closed_by_outcome[Or(f.key.label1, "none")] += f.count;
      b->closed += f.count;
    }
  }
  if (workflow == nullptr) return;
  const auto in_year = [&](int64_t s) { return s > now - 365 * kDay && s <= now; };
  for (const model::OutcomeDefinition& d : workflow->outcomes) {
    const auto positive = [&](const FigureDelta& f) {
      return std::count(d.positive.begin(), d.positive.end(), f.key.label1) > 0;
    };
    const int64_t of =
        scan.Count(FigureKind::kOpenedCohort, [&](auto& f) { return in_year(f.second); });
    const int64_t cohort = scan.Count(FigureKind::kOutcome, [&](auto& f) {
      return positive(f) && in_year(f.other) && f.second <= now;
    });
    const int64_t period =
        scan.Count(FigureKind::kOutcome, [&](auto& f) { return positive(f) && in_year(f.second); });
    b->outcomes.push_back({d.text, "cohort", "P365D", cohort, of});
    b->outcomes.push_back({d.text, "period", "P365D", period, of});
  }
}

}  // namespace

model::Backlog ScanFigures(const std::vector<FigureDelta>& facts,
                           const std::vector<base::Atom>& queues, int64_t now,
                           const model::WorkflowVersion* workflow) {
  Scan scan;
  for (const FigureDelta& f : facts) {
    if (std::count(queues.begin(), queues.end(), f.key.queue) > 0) scan.facts.push_back(f);
  }
  model::Backlog b;
  b.as_of = base::Instant::FromSeconds(now);
  b.definitions = "2026-11";
  std::set<base::Atom> clocks;
  if (workflow != nullptr) {
    for (const auto& stage : workflow->stages) b.by_stage[stage.name.str()] = 0;
    for (const base::Atom risk : workflow->risks) b.by_risk[risk.str()] = 0;
    if (!workflow->risks.empty()) b.by_risk["ungraded"] = 0;
    for (const auto& clock : workflow->clocks) clocks.insert(clock.name);
  }
  for (const FigureDelta& f : scan.facts) {
    const FigureKind kind = f.key.kind;
    if (kind == FigureKind::kClockRunning || kind == FigureKind::kClockPaused ||
        kind == FigureKind::kClockUndated || kind == FigureKind::kClockMet ||
        kind == FigureKind::kClockMissed) {
      clocks.insert(f.key.label1);
    }
    if (f.second > now) continue;
    if (kind == FigureKind::kUnqualified) b.unqualified += f.count;
    if (kind == FigureKind::kPaused) b.paused[f.key.label1.str()] += f.count;
    if (kind != FigureKind::kOpen) continue;
    b.open += f.count;
    b.by_stage[f.key.label1.str()] += f.count;
    b.by_risk[Or(f.key.label2, "ungraded")] += f.count;
  }
  ScanCaseloads(scan, workflow, &b);
  ScanAges(scan, now, &b);
  for (const base::Atom clock : clocks) {
    b.clocks[clock.str()] = ScanClock(scan, clock, now, workflow);
  }
  for (const int64_t days : {1, 7, 28}) {
    const auto in = [&](const FigureDelta& f) {
      return f.second > now - days * kDay && f.second <= now;
    };
    b.flow["P" + std::to_string(days) + "D"] = {scan.Count(FigureKind::kFlowIn, in),
                                                scan.Count(FigureKind::kFlowOut, in)};
  }
  ScanScreenings(scan, now, &b);
  ScanOutcomes(scan, now, workflow, &b);
  return b;
}

std::string Describe(const model::Backlog& b) {
  std::ostringstream s;
  const auto counts = [&](const char* name, const std::map<std::string, int64_t>& map) {
    s << name << ":";
    for (const auto& [label, n] : map) s << " " << label << "=" << n;
    s << "\n";
  };
  s << "as_of " << b.as_of.us << " definitions " << b.definitions << "\n";
  s << "open " << b.open << " unqualified " << b.unqualified << " closed " << b.closed << "\n";
  counts("by_stage", b.by_stage);
  counts("by_risk", b.by_risk);
  counts("paused", b.paused);
  counts("older_than", b.older_than);
  counts("outcomes_by_code", b.outcomes_by_code);
  counts("closed_by_outcome", b.closed_by_outcome);
  s << "unassigned " << b.unassigned.count << " " << b.unassigned.age_seconds_max << "\n";
  s << "ungraded " << b.ungraded.count << " " << b.ungraded.age_seconds_max << "\n";
  if (b.caseload) {
    s << "caseload " << b.caseload->limit << " handlers " << b.caseload->handlers << " max "
      << b.caseload->cases_max << " over " << b.caseload->handlers_over << " with "
      << b.caseload->cases_of_handlers_over << ":";
    for (const auto& one : b.caseload->over) s << " " << one.handler << "=" << one.cases;
    s << "\n";
  }
  s << "age max " << b.age_max << " p50 " << b.age_p50 << " p90 " << b.age_p90 << "\n";
  s << "net age " << b.net_age_max << " oldest '" << b.oldest_case << "'\n";
  for (const auto& [name, c] : b.clocks) {
    s << "clock " << name << ": running " << c.running << " paused " << c.paused << " undated "
      << c.undated << " due " << c.due_24h << " " << c.due_7d << " overdue " << c.overdue << " max "
      << c.overdue_seconds_max << " most '" << c.most_overdue_case << "' next " << c.next_due_at.us
      << "\n";
    counts("  overdue_by_risk", c.overdue_by_risk);
    for (const auto& w : c.within_target) {
      s << "  " << w.by << " " << w.window << " met " << w.met << " missed " << w.missed << "\n";
    }
  }
  for (const auto& [window, f] : b.flow) {
    s << "flow " << window << " in " << f.in << " out " << f.out << "\n";
  }
  for (const auto& r : b.screening) {
    s << "screening " << r.guidance << " " << r.role << " " << r.window << " in " << r.in << " out "
      << r.out << " returned " << r.returned << " deviations " << r.deviations << "\n";
  }
  for (const auto& o : b.outcomes) {
    s << "outcome " << o.definition << " " << o.by << " " << o.window << " " << o.positive << "/"
      << o.of << "\n";
  }
  return s.str();
}

TEST(FiguresReference, PercentileIsNearestRank) {
  EXPECT_EQ(Percentile({}, 0.5), 0);
  EXPECT_EQ(Percentile({1}, 0.5), 1);
  EXPECT_EQ(Percentile({1, 2}, 0.5), 1);
  EXPECT_EQ(Percentile({1, 2, 3}, 0.5), 2);
  EXPECT_EQ(Percentile({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0.9), 9);
}

}  // namespace caseclock::core
