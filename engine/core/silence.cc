#include "engine/core/silence.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/core/calendar.h"

namespace caseclock::core {
namespace {

using base::Atom;
using base::Instant;
using model::Alert;
using model::AlertState;
using model::Hearing;
using model::SourceGap;
using model::SourceHeard;
using model::SourceRule;

// What is told after the fact is told as of the moment after it fell due.
constexpr base::Duration kMoment{1};

bool Earlier(const Hearing& a, const Hearing& b) {
  return std::tie(a.at, a.event) < std::tie(b.at, b.event);
}

Silence Open(const SourceHeard* heard) {
  return {heard == nullptr ? Hearing{} : heard->last, std::nullopt};
}

// The stretches of one partition.
std::vector<Silence> StretchesOf(const SourceHeard* heard) {
  std::vector<Silence> stretches;
  if (heard != nullptr) {
    for (const SourceGap& gap : heard->gaps) stretches.push_back({gap.from, gap.to});
  }
  stretches.push_back(Open(heard));
  return stretches;
}

std::optional<Silence> Common(const Silence& a, const Silence& b) {
  Silence both;
  both.begin = std::max(a.begin, b.begin, Earlier);
  if (!a.end || !b.end) {
    both.end = a.end ? a.end : b.end;
  } else {
    both.end = std::min(*a.end, *b.end, Earlier);
  }
  if (both.end && both.end->at <= both.begin.at) return std::nullopt;
  return both;
}

std::vector<Silence> Intersect(const std::vector<Silence>& a, const std::vector<Silence>& b) {
  std::vector<Silence> both;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (const auto common = Common(a[i], b[j])) both.push_back(*common);
    // The one that ends first has nothing in common with what follows in the other.
    const bool a_first = a[i].end && (!b[j].end || !Earlier(*b[j].end, *a[i].end));
    a_first ? ++i : ++j;
  }
  return both;
}

std::optional<model::Arrival> ArrivalOf(const Hearing& heard) {
  if (heard.event == 0) return std::nullopt;
  return model::Arrival{heard.partition, heard.offset, heard.at};
}

// One source, at an instant.
class SourceJudge {
 public:
  SourceJudge(const model::PolicySet& policies, const SourceRule& rule, const Expected& expected,
              Instant now, bool historical, const model::SourcesRecord& before)
      : policies_(policies),
        rule_(rule),
        expected_(expected),
        now_(now),
        historical_(historical),
        before_(before) {
    for (const Alert& alert : before.standing) {
      if (alert.source == rule.source) standing_.push_back(alert);
    }
  }

  void Run(const std::vector<Silence>& silences, Judgement* judgement) {
    for (const Silence& silence : silences) One(silence, judgement);
    for (Alert& alert : standing_) ResolveForgotten(silences, &alert, judgement);
    for (Alert& alert : standing_) {
      const bool at_edge = std::find(at_edge_.begin(), at_edge_.end(), alert.id) != at_edge_.end();
      if (alert.state == AlertState::kRaised || at_edge) {
        judgement->record.standing.push_back(alert);
      }
    }
    const Silence& last = silences.back();
    model::SourceStatus status{rule_.source, last.begin.at, DueOf(last), false};
    status.silent = now_ > status.due_at;
    judgement->record.sources.push_back(status);
  }

 private:
  [[nodiscard]] Instant CountsFrom(const Silence& silence) const {
    if (silence.begin.event == 0) return std::max(expected_.from, expected_.if_never_heard);
    return std::max(silence.begin.at, expected_.from);
  }
  [[nodiscard]] Instant DueOf(const Silence& silence) const {
    return SilentAfter(policies_, rule_, CountsFrom(silence));
  }

  void One(const Silence& silence, Judgement* judgement) {
    if (silence.end && silence.end->at < before_.judged) return;  // told
    const base::Hash128 id =
        model::SilenceAlertId(rule_.source, silence.begin.event, CountsFrom(silence));
    auto known = std::find_if(standing_.begin(), standing_.end(),
                              [&](const Alert& alert) { return alert.id == id; });
    if (known == standing_.end()) {
      const Instant due = DueOf(silence);
      if (due >= now_ || (silence.end && due >= silence.end->at)) return;
      standing_.push_back(Raise(silence, due, id));
      judgement->told.push_back(standing_.back());
      known = standing_.end() - 1;
    }
    if (!silence.end || silence.end->at > now_) return;
    Resolve(*silence.end, &*known, judgement);
    // More may be heard at this very instant: the silence is looked at again, and must be known
    // then.
    if (silence.end->at == now_) at_edge_.push_back(id);
  }

  [[nodiscard]] Alert Raise(const Silence& silence, Instant due, const base::Hash128& id) const {
    Alert alert;
    alert.id = id;
    alert.rung = Atom::Intern("breach");
    alert.clock = Atom::Intern(model::kSilentSource);
    alert.source = rule_.source;
    alert.due_at = alert.clock_due_at = due;
    alert.detected_at = historical_ ? due + kMoment : now_;
    alert.historical = historical_;
    alert.transitions.push_back(
        {AlertState::kRaised, 1, alert.detected_at, std::nullopt, historical_});
    model::Proof& proof = alert.proof;
    proof.policy_hash = Atom::Intern(policies_.hash);
    if (const auto* calendar = model::FindCalendar(policies_, rule_.calendar)) {
      proof.calendar = calendar->id;
      proof.calendar_version = Atom::Intern(calendar->version);
      proof.beyond_horizon =
          AddWorking(*calendar, CountsFrom(silence), rule_.silence).beyond_horizon;
    }
    proof.started_at = CountsFrom(silence);
    proof.budget = rule_.silence;
    proof.segments.push_back({proof.started_at, alert.detected_at, true, Atom()});
    if (const auto cause = ArrivalOf(silence.begin)) proof.causes.push_back(*cause);
    return alert;
  }

  void Resolve(const std::optional<Hearing>& heard, Alert* alert, Judgement* judgement) const {
    if (alert->state != AlertState::kRaised) return;
    alert->state = AlertState::kResolved;
    model::AlertTransition transition{AlertState::kResolved, alert->revision, now_, std::nullopt,
                                      historical_};
    if (heard) transition.cause = ArrivalOf(*heard);
    if (heard && historical_) transition.at = std::max(heard->at, alert->detected_at);
    alert->proof.segments.back().to = transition.at;
    alert->transitions.push_back(transition);
    judgement->told.push_back(*alert);
  }

  // An alert whose silence is not among those that are known any more: it has ended.
  void ResolveForgotten(const std::vector<Silence>& silences, Alert* alert,
                        Judgement* judgement) const {
    if (alert->state != AlertState::kRaised) return;
    for (const Silence& silence : silences) {
      const base::Hash128 id =
          model::SilenceAlertId(rule_.source, silence.begin.event, CountsFrom(silence));
      if (id == alert->id) return;
    }
    if (silences.back().begin.at > alert->due_at) Resolve(silences.back().begin, alert, judgement);
  }

  const model::PolicySet& policies_;
  const SourceRule& rule_;
  const Expected& expected_;
  const Instant now_;
  const bool historical_;
  const model::SourcesRecord& before_;
  std::vector<Alert> standing_;
  std::vector<base::Hash128> at_edge_;  // of them, ended at `now_`
};

// The rule of its source has gone: nobody expects it any more.
void ResolveUnexpected(const model::PolicySet& policies, Instant now, bool historical,
                       const model::SourcesRecord& before, Judgement* judgement) {
  for (Alert alert : before.standing) {
    const bool expected =
        std::any_of(policies.sources.begin(), policies.sources.end(),
                    [&](const SourceRule& rule) { return rule.source == alert.source; });
    if (expected || alert.state != AlertState::kRaised) continue;
    alert.state = AlertState::kResolved;
    alert.transitions.push_back(
        {AlertState::kResolved, alert.revision, now, std::nullopt, historical});
    judgement->told.push_back(std::move(alert));
  }
}

}  // namespace

const SourceHeard* FindHeard(const model::HeardSources& sources, Atom source) {
  for (const SourceHeard& heard : sources) {
    if (heard.source == source) return &heard;
  }
  return nullptr;
}

void Hear(const SourceRule& rule, const Hearing& heard, Instant judged,
          model::HeardSources* sources) {
  auto found = std::find_if(sources->begin(), sources->end(),
                            [&](const SourceHeard& s) { return s.source == rule.source; });
  if (found == sources->end()) {
    found = sources->insert(sources->end(), {rule.source, {}, {}});
  }
  // The first one ends the time before; working time is never more than elapsed time.
  if (found->last.event == 0 || heard.at - found->last.at > rule.silence) {
    auto& gaps = found->gaps;
    std::erase_if(gaps, [&](const SourceGap& gap) { return gap.to.at < judged; });
    if (gaps.size() >= kGapsKept) gaps.erase(gaps.begin());
    gaps.push_back({found->last, heard});
  }
  if (found->last.event == 0 || Earlier(found->last, heard)) found->last = heard;
}

std::vector<Silence> SilencesOf(std::span<const SourceHeard* const> partitions) {
  std::vector<Silence> silences = {{}};
  for (const SourceHeard* heard : partitions) silences = Intersect(silences, StretchesOf(heard));
  return silences;
}

Instant SilentAfter(const model::PolicySet& policies, const SourceRule& rule, Instant begin) {
  if (rule.calendar.empty()) return begin + rule.silence;
  const model::Calendar* calendar = model::FindCalendar(policies, rule.calendar);
  return calendar == nullptr ? begin + rule.silence : AddWorking(*calendar, begin, rule.silence).at;
}

Judgement Judge(const model::PolicySet& policies, std::span<const Expected> expected,
                std::span<const model::HeardSources* const> partitions, Instant now,
                bool historical, const model::SourcesRecord& before) {
  Judgement judgement;
  judgement.record.judged = std::max(now, before.judged);
  std::vector<const SourceHeard*> heard(partitions.size());
  for (size_t i = 0; i < policies.sources.size(); ++i) {
    const SourceRule& rule = policies.sources[i];
    for (size_t p = 0; p < partitions.size(); ++p)
      heard[p] = FindHeard(*partitions[p], rule.source);
    SourceJudge(policies, rule, expected[i], now, historical, before)
        .Run(SilencesOf(heard), &judgement);
  }
  ResolveUnexpected(policies, now, historical, before, &judgement);
  return judgement;
}

}  // namespace caseclock::core
