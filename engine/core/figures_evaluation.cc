#include "engine/core/figures_evaluation.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

namespace caseclock::core {
namespace {

using model::FigureKind;

constexpr int64_t kFlowDays[] = {1, 7, 28};

std::string NameOr(base::Atom atom, const char* unnamed) {
  return atom.empty() ? unnamed : atom.str();
}

std::string DaysText(int64_t days) {
  return "P" + std::to_string(days) + "D";
}

// Of what comes and goes the table keeps empty series; they must not show.
bool HasFacts(const FigureTable& table, const FigureSeries& series) {
  return std::any_of(series.days.begin(), series.days.end(),
                     [&](const DayChunk& day) { return table.Total(day) > 0; });
}

// Nearest rank: the least rank that p % of `size` do not exceed.
int64_t RankOf(int64_t percent, int64_t size) {
  return (size * percent + 99) / 100;
}

}  // namespace

Evaluation::Evaluation(std::span<const Figures* const> partitions,
                       std::span<const base::Atom> queues, base::Instant as_of,
                       const Definitions& definitions)
    : now_(as_of.Seconds()), workflow_(definitions.workflow), caseload_(definitions.caseload) {
  const std::set<base::Atom> each(queues.begin(), queues.end());
  for (const Figures* const partition : partitions) {
    FigureTable& table = *partition->table_;
    tables_.push_back(&table);
    for (const base::Atom queue : each) {
      for (const uint32_t number : table.SeriesOf(queue)) {
        FigureSeries& series = table.series(number);
        const auto kind = static_cast<size_t>(series.key.kind);
        CHECK(kind < views_.size());
        if (HasFacts(table, series)) views_[kind].push_back({&table, &series});
      }
    }
  }
}

base::Status Evaluation::status() const {
  for (const FigureTable* const table : tables_) {
    if (!table->status().ok()) return table->status();
  }
  return {};
}

model::Backlog Evaluation::Run() const {
  model::Backlog backlog;
  backlog.as_of = base::Instant::FromSeconds(now_);
  backlog.definitions = model::kDefinitionsVersion;
  Standing(&backlog);
  Caseloads(&backlog);
  Ages(&backlog);
  NetAge(&backlog);
  Clocks(&backlog);
  Flows(&backlog);
  Screenings(&backlog);
  Outcomes(&backlog);
  return backlog;
}

SecondRange Evaluation::Window(int64_t days) const {
  return {now_ - days * kDaySeconds + 1, now_};
}

int64_t Evaluation::CountUpToNow(FigureKind kind) const {
  int64_t count = 0;
  for (const SeriesView& view : Of(kind)) count += CountFacts(view, UpTo(now_));
  return count;
}

model::CountAge Evaluation::AgesOf(FigureKind kind) const {
  model::CountAge ages{.count = CountUpToNow(kind)};
  for (const SeriesView& view : Of(kind)) {
    const auto since = EarliestSecond(view, UpTo(now_));
    if (since) ages.age_seconds_max = std::max(ages.age_seconds_max, now_ - *since);
  }
  return ages;
}

void Evaluation::CountByLabel(FigureKind kind, const char* unnamed,
                              std::map<std::string, int64_t>* counts) const {
  for (const SeriesView& view : Of(kind)) {
    const int64_t count = CountFacts(view, UpTo(now_));
    if (count != 0) (*counts)[NameOr(view.series->key.label1, unnamed)] += count;
  }
}

void Evaluation::Standing(model::Backlog* backlog) const {
  if (workflow_ != nullptr) {
    for (const model::StageRule& stage : workflow_->stages) backlog->by_stage[stage.name.str()];
    for (const base::Atom risk : workflow_->risks) backlog->by_risk[risk.str()];
    if (!workflow_->risks.empty()) backlog->by_risk["ungraded"];
  }
  for (const SeriesView& view : Of(FigureKind::kOpen)) {
    const int64_t count = CountFacts(view, UpTo(now_));
    if (count == 0) continue;
    backlog->open += count;
    backlog->by_stage[view.series->key.label1.str()] += count;
    backlog->by_risk[NameOr(view.series->key.label2, "ungraded")] += count;
  }
  backlog->unassigned = AgesOf(FigureKind::kUnassigned);
  backlog->ungraded = AgesOf(FigureKind::kUngraded);
  backlog->unqualified = CountUpToNow(FigureKind::kUnqualified);
  CountByLabel(FigureKind::kPaused, "", &backlog->paused);
}

void Evaluation::Caseloads(model::Backlog* backlog) const {
  if (caseload_ == nullptr) return;
  std::map<base::Atom, int64_t> cases;  // by handler
  for (const SeriesView& view : Of(FigureKind::kHandled)) {
    cases[view.series->key.label1] += CountFacts(view, {});
  }
  model::Caseload& caseload = backlog->caseload.emplace();
  caseload.limit = caseload_->limit;
  for (const auto& [handler, count] : cases) {
    if (count == 0) continue;  // its chunk could not be read: the status says so
    ++caseload.handlers;
    caseload.cases_max = std::max(caseload.cases_max, count);
    if (count <= caseload.limit) continue;
    ++caseload.handlers_over;
    caseload.cases_of_handlers_over += count;
    caseload.over.push_back({handler.str(), count});
  }
  std::stable_sort(caseload.over.begin(), caseload.over.end(),
                   [](const auto& a, const auto& b) { return a.cases > b.cases; });
  if (caseload.over.size() > model::kHandlersNamed) caseload.over.resize(model::kHandlersNamed);
}

void Evaluation::Ages(model::Backlog* backlog) const {
  const Views& open = Of(FigureKind::kOpen);
  for (const int64_t days : {7, 30}) {
    int64_t& older = backlog->older_than[DaysText(days)];
    for (const SeriesView& view : open) {
      older += CountFacts(view, Before(now_ - days * kDaySeconds));
    }
  }
  const LatestFirst youngest(open, now_);
  if (youngest.size() == 0) return;
  const auto age = [&](int64_t rank) { return now_ - youngest.SecondAt(rank); };
  backlog->age_max = age(youngest.size());
  backlog->age_p50 = age(RankOf(50, youngest.size()));
  backlog->age_p90 = age(RankOf(90, youngest.size()));
}

void Evaluation::NetAge(model::Backlog* backlog) const {
  backlog->net_age_max = AgesOf(FigureKind::kNetRunning).age_seconds_max;
  for (const SeriesView& view : Of(FigureKind::kNetFrozen)) {
    backlog->net_age_max = std::max(backlog->net_age_max, GreatestOther(view).value_or(0));
  }
}

void Evaluation::Flows(model::Backlog* backlog) const {
  for (const int64_t days : kFlowDays) {
    model::Flow& flow = backlog->flow[DaysText(days)];
    for (const SeriesView& view : Of(FigureKind::kFlowIn))
      flow.in += CountFacts(view, Window(days));
    for (const SeriesView& view : Of(FigureKind::kFlowOut)) {
      flow.out += CountFacts(view, Window(days));
    }
  }
}

void Evaluation::Screenings(model::Backlog* backlog) const {
  using Row = std::tuple<std::string, std::string, int64_t>;  // guidance, role, days
  std::map<Row, model::Screening> rows;
  const auto add = [&](FigureKind kind, int64_t model::Screening::*column) {
    for (const SeriesView& view : Of(kind)) {
      const model::FigureKey& key = view.series->key;
      for (const int64_t days : kFlowDays) {
        const int64_t count = CountFacts(view, Window(days));
        if (count == 0) continue;
        rows[{NameOr(key.label1, "none"), NameOr(key.label2, "none"), days}].*column += count;
      }
    }
  };
  add(FigureKind::kScreenedIn, &model::Screening::in);
  add(FigureKind::kScreenedOut, &model::Screening::out);
  add(FigureKind::kScreenedReturned, &model::Screening::returned);
  add(FigureKind::kScreeningDeviation, &model::Screening::deviations);
  for (auto& [row, screening] : rows) {
    screening.guidance = std::get<0>(row);
    screening.role = std::get<1>(row);
    screening.window = DaysText(std::get<2>(row));
    backlog->screening.push_back(std::move(screening));
  }
}

void Evaluation::Outcomes(model::Backlog* backlog) const {
  CountByLabel(FigureKind::kOutcome, "none", &backlog->outcomes_by_code);
  CountByLabel(FigureKind::kClosed, "none", &backlog->closed_by_outcome);
  for (const auto& [outcome, count] : backlog->closed_by_outcome) backlog->closed += count;
  if (workflow_ == nullptr) return;
  constexpr int64_t kDays = 365;
  int64_t opened = 0;
  for (const SeriesView& view : Of(FigureKind::kOpenedCohort)) {
    opened += CountFacts(view, Window(kDays));
  }
  for (const model::OutcomeDefinition& definition : workflow_->outcomes) {
    const int64_t cohort = PositiveOutcomes(definition, UpTo(now_), Window(kDays));
    const int64_t period = PositiveOutcomes(definition, Window(kDays), {});
    backlog->outcomes.push_back({definition.text, "cohort", DaysText(kDays), cohort, opened});
    backlog->outcomes.push_back({definition.text, "period", DaysText(kDays), period, opened});
  }
}

int64_t Evaluation::PositiveOutcomes(const model::OutcomeDefinition& definition,
                                     SecondRange recorded, SecondRange opened) const {
  int64_t count = 0;
  for (const SeriesView& view : Of(FigureKind::kOutcome)) {
    const std::vector<base::Atom>& codes = definition.positive;
    if (std::find(codes.begin(), codes.end(), view.series->key.label1) == codes.end()) continue;
    count += CountFacts(view, recorded, opened);
  }
  return count;
}

}  // namespace caseclock::core
