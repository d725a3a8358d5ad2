// Rules that change in the middle of a history: each event is judged by the set that was in force
// when it happened, whenever it comes and however often it is folded, so that what is derived keeps
// agreeing with the cases.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/store/case_store.h"
#include "tests/common/auditor.h"
#include "tests/property/random_history.h"

namespace caseclock::runtime {
namespace {

using base::Instant;
using testing::At;
using testing::Collect;
using ::testing::Contains;
using testing::Hall;
using ::testing::HasSubstr;
using testing::History;
using testing::Sent;
using testing::TempDir;

void Replace(const std::string& what, const std::string& by, std::string* text) {
  const size_t at = text->find(what);
  ASSERT_NE(at, std::string::npos) << what;
  text->replace(at, what.size(), by);
}

// Another version of the incident workflow, dated back and with a limit of caseloads; another
// workflow for a queue; a new holiday; and a queue that had none.
std::vector<model::PolicyText> ChangedPolicies() {
  std::vector<model::PolicyText> files = tests::ShippedPolicies();
  for (model::PolicyText& file : files) {
    if (file.name == "incident.yaml") {
      std::string newer = file.text.substr(file.text.find("  - version: 2026-01"));
      Replace(
          "version: 2026-01",
          "version: 2026-02\n    effective_from: 2026-02-01\n    caseload: {limit: 1, source: s}",
          &newer);
      Replace("low: P7D, ungraded: P7D", "low: P2D, ungraded: P2D", &newer);
      file.text += newer;
    } else if (file.name == "queues.yaml") {
      Replace("{queue: demo/ocset, workflow: ocset", "{queue: demo/ocset, workflow: investigation",
              &file.text);
      file.text += "  - {queue: new/*, workflow: incident, team: t, calendar: round-the-clock}\n";
    } else if (file.name == "calendars/england-and-wales.yaml") {
      Replace("holidays:\n", "holidays:\n  - 2026-04-22\n", &file.text);
      Replace("version: 2026-11\n", "version: 2026-12\n", &file.text);
    }
  }
  return files;
}

class PolicyChange : public ::testing::Test {
 protected:
  // The first half under the rules that ship; then others are activated, and the rest comes, with
  // late events for the first half among them.
  void SetUp() override {
    hall.options.replay_records = 200;
    hall.options.batch_records = 50;
    hall.options.until = std::nullopt;
    hall.Activate();
    std::vector<Sent> events = History(11).events();
    std::mt19937 random(11);
    for (Sent& event : events) {
      if (random() % 5 == 0) event.timestamp = event.timestamp + base::Days(9);
    }
    std::stable_sort(events.begin(), events.end(),
                     [](const Sent& a, const Sent& b) { return a.timestamp < b.timestamp; });
    const base::Instant change = At("2026-03-20T00:00:00Z");
    const auto middle = std::find_if(events.begin(), events.end(),
                                     [&](const Sent& e) { return e.timestamp >= change; });
    hall.wall = change.us;
    hall.Send({events.begin(), middle});
    hall.Start();
    hall.Idle();
    hall.Stop();
    hall.Activate(ChangedPolicies());
    hall.wall = At("2027-01-01T00:00:00Z").us;
    hall.Send({middle, events.end()});
    // An old referral to a queue that the old rules do not know.
    hall.Send(
        {Hall::Event("n1", "C-new", "2026-03-10T00:00:00Z", R"("referred":{"queue":"new/q"})"),
         Hall::Event("n2", "C-new", "2026-03-11T00:00:00Z", R"("assigned":{"handler":"h"})")});
    hall.options.until = At("2026-06-01T00:00:00Z");
    hall.Start();
    hall.Idle();
  }

  model::CaseView View(const std::string& id) const {
    auto state = hall.engine->CaseById(id);
    EXPECT_TRUE(state.ok()) << id;
    return state.ok() ? std::move(state).value().view : model::CaseView();
  }

  TempDir directory;
  Hall hall{directory.path()};
};

TEST_F(PolicyChange, LeavesWhatIsDerivedInAgreementWithTheCases) {
  hall.ExpectSound();
  // What a restart takes from the log: the difference of cases old and new, by the same rules.
  hall.Restart();
  hall.Idle();
  hall.ExpectSound();
  const testing::Result before = Collect(hall);
  hall.Stop();
  std::filesystem::remove_all(hall.options.state_dir);
  hall.Start();
  hall.Idle();
  hall.ExpectSound();
  EXPECT_EQ(Collect(hall).backlogs, before.backlogs);
}

TEST_F(PolicyChange, DoesNotJudgeAgainWhatHappenedBefore) {
  int old_rules = 0;
  for (int i = 0; i < testing::kCases; ++i) {
    const model::CaseView view = View(History::Id(i));
    if (view.workflow.view() != "incident" || view.transfers > 0) continue;
    const bool before = view.opened_at < At("2026-03-20T00:00:00Z");
    EXPECT_EQ(view.policy_version.view(), before ? "2026-01" : "2026-02") << History::Id(i);
    old_rules += before ? 1 : 0;
  }
  EXPECT_GT(old_rules, 2);
  EXPECT_EQ(View("C-new").policy_version.view(), "2026-02");
  EXPECT_EQ(View("C-new").handler.view(), "h");
}

// Cases that stand under the rules of before are in no caseload.
TEST_F(PolicyChange, BringsALimitOfCaseloadsForTheCasesUnderIt) {
  std::map<std::string, std::map<std::string, int64_t>> held;  // by queue and handler
  int under_old_rules = 0;
  for (int i = -1; i < testing::kCases; ++i) {
    const model::CaseView view = View(i < 0 ? "C-new" : History::Id(i));
    if (view.workflow.view() != "incident" || view.closed || view.handler.empty()) continue;
    if (view.policy_version.view() == "2026-02") {
      ++held[view.queue.str()][view.handler.str()];
    } else {
      ++under_old_rules;
    }
  }
  ASSERT_GT(held.size(), 1U);
  EXPECT_GT(under_old_rules, 0);
  for (const auto& [queue, handlers] : held) {
    const model::Caseload caseload = hall.engine->BacklogOf(queue).value()->caseload.value();
    int64_t over = 0;
    int64_t most = 0;
    for (const auto& [handler, cases] : handlers) {
      most = std::max(most, cases);
      if (cases > 1) over += cases;
    }
    EXPECT_EQ(caseload.limit, 1) << queue;
    EXPECT_EQ(caseload.handlers, static_cast<int64_t>(handlers.size())) << queue;
    EXPECT_EQ(caseload.cases_max, most) << queue;
    EXPECT_EQ(caseload.cases_of_handlers_over, over) << queue;
  }
}

TEST_F(PolicyChange, EverythingToldFollowsFromInputScheduleAndActivations) {
  tests::Auditor auditor(hall.log.get(), tests::AuditTopics());
  ASSERT_TRUE(auditor.Run().ok());
  for (const std::string& line : auditor.differences()) ADD_FAILURE() << line;
}

TEST_F(PolicyChange, RefusesOtherLimitsUnderAnOldVersion) {
  std::vector<model::PolicyText> files = ChangedPolicies();
  for (model::PolicyText& file : files) {
    if (file.name == "incident.yaml") Replace("moderate: P3D", "moderate: P4D", &file.text);
  }
  const base::Status status =
      ActivatePolicies(hall.log.get(), hall.options.topics, files, hall.options.wall_clock, "test");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kConfig);
  EXPECT_THAT(status.error().message,
              HasSubstr("incident.yaml:46: Expected the clock resolution in version 2026-01 of "
                        "workflow incident to stay as it is"));
  EXPECT_EQ(hall.Read(hall.options.topics.policies, 0).size(), 4U) << "two sets, two activations";
}

TEST_F(PolicyChange, DoesNotHideADamagedTimer) {
  hall.Stop();
  std::string damaged;
  {
    auto store = store::CaseStore::Open(hall.options.state_dir + "/0", store::MakeResources({}));
    ASSERT_TRUE(store.ok()) << store.error().message;
    store::Derived stored;
    const auto first = [&](base::Instant t, std::string_view id) {
      stored.timer_at = t;
      damaged = id;
      return false;
    };
    ASSERT_TRUE(store.value()->ForEachTimer(base::kLongAgo, {}, first).ok());
    ASSERT_FALSE(damaged.empty());
    store::Derived other;
    other.timer_at = stored.timer_at + base::Days(1);
    store::Checkpoint checkpoint;
    checkpoint.Rederive(damaged, std::make_shared<const store::Derived>(stored),
                        std::make_shared<const store::Derived>(other));
    ASSERT_TRUE(store.value()->Write(&checkpoint).ok());
  }
  hall.options.read_only = true;
  hall.Start();
  auto lines = hall.engine->Verify(nullptr);
  ASSERT_TRUE(lines.ok()) << lines.error().message;
  EXPECT_THAT(lines.value(), Contains(HasSubstr("case " + damaged + ": its stored timer")));
  EXPECT_THAT(lines.value(), Contains(HasSubstr("case " + damaged + ": a stored timer that")));
  for (const std::string& line : lines.value()) EXPECT_THAT(line, HasSubstr(damaged));
}

}  // namespace
}  // namespace caseclock::runtime
