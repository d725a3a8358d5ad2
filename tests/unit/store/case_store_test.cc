// The case store by its verbs: what a checkpoint writes is what comes back, whole or not at all.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <filesystem>
#include <map>
#include <set>

#include "engine/store/case_store.h"
#include "engine/store/keys.h"
#include "tests/common/temp_dir.h"

namespace caseclock::store {
namespace {

using base::Atom;
using base::Instant;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint32_t kFold = 7;

class CaseStoreTest : public ::testing::Test {
 protected:
  CaseStoreTest() { Open(); }
  void Open() {
    store_.reset();
    auto opened = CaseStore::Open(directory_.path(), MakeResources({}));
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(opened).value();
  }
  void Write(Checkpoint* checkpoint) {
    const auto status = store_->Write(checkpoint);
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  std::vector<std::string> Timers(Instant from = base::kLongAgo) {
    std::vector<std::string> found;
    EXPECT_TRUE(store_
                    ->ForEachTimer(from, {},
                                   [&](Instant t, std::string_view id) {
                                     found.push_back(std::to_string(t.us) + " " + std::string(id));
                                     return true;
                                   })
                    .ok());
    return found;
  }
  std::vector<std::string> Indexed(const char* queue, const char* kind) {
    std::vector<std::string> found;
    EXPECT_TRUE(store_
                    ->ForEachIndexed(Atom::Intern(queue), Atom::Intern(kind), base::kLongAgo, {},
                                     [&](Instant t, std::string_view id) {
                                       found.push_back(std::to_string(t.us) + " " +
                                                       std::string(id));
                                       return true;
                                     })
                    .ok());
    return found;
  }
  static SharedDerived Shared(Derived derived) {
    return std::make_shared<const Derived>(std::move(derived));
  }
  static SharedDerived Open(const char* queue, int64_t timer, int64_t opened) {
    Derived derived;
    derived.timer_at = Instant{timer};
    derived.queue = Atom::Intern(queue);
    derived.opened_at = Instant{opened};
    return Shared(std::move(derived));
  }

  const tests::TempDir directory_;
  std::unique_ptr<CaseStore> store_;
};

TEST_F(CaseStoreTest, StartsEmptyWithoutAPosition) {
  EXPECT_FALSE(store_->ReadPosition().value().has_value());
  EXPECT_EQ(store_->ReadFold().value(), 0U);
}

TEST_F(CaseStoreTest, KeepsCasesAndThePositionAcrossOpenings) {
  Checkpoint checkpoint;
  checkpoint.PutCase("C-2", base::SharedBytes("two"));
  checkpoint.PutCase("C-1", base::SharedBytes("one"));
  const Position position{7, {1, 2}, 30, 40, Instant{-5}, {}, {}};
  checkpoint.SetPosition(position, kFold);
  Write(&checkpoint);
  Open();
  EXPECT_EQ(*store_->ReadPosition().value(), position);
  EXPECT_EQ(store_->ReadFold().value(), kFold);
  const std::string_view ids[] = {"C-9", "C-2", "C-1"};
  std::map<size_t, std::string> found;
  ASSERT_TRUE(
      store_->GetCases(ids, [&](size_t i, std::string_view bytes) { found[i] = bytes; }).ok());
  EXPECT_THAT(found, ElementsAre(std::pair(1, "two"), std::pair(2, "one")));
}

TEST_F(CaseStoreTest, FindsManyCasesAtOnce) {
  Checkpoint checkpoint;
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back("C-" + std::to_string(i));
  for (const auto& name : names) checkpoint.PutCase(name, base::SharedBytes(name + "!"));
  Write(&checkpoint);
  const std::vector<std::string_view> ids(names.begin(), names.end());
  size_t right = 0;
  ASSERT_TRUE(store_
                  ->GetCases(ids, [&](size_t i,
                                      std::string_view bytes) { right += bytes == names[i] + "!"; })
                  .ok());
  EXPECT_EQ(right, 1000U);
}

TEST_F(CaseStoreTest, WithoutAPositionKeepsTheOneItHas) {
  Checkpoint first;
  first.SetPosition({1, {}, 2, 3, {}, {}, {}}, kFold);
  Write(&first);
  Checkpoint second;
  second.PutCase("C", base::SharedBytes("x"));
  Write(&second);
  EXPECT_EQ(store_->ReadPosition().value()->sequence, 1);
}

TEST_F(CaseStoreTest, PagesAndTheirEvents) {
  Checkpoint checkpoint;
  checkpoint.PutPage("C", 0, base::SharedBytes("page"));
  checkpoint.PutEvent("C", 0xfeedULL, 0);
  Write(&checkpoint);
  EXPECT_EQ(*store_->GetPage("C", 0).value(), "page");
  EXPECT_FALSE(store_->GetPage("C", 1).value().has_value());
  EXPECT_EQ(store_->FindEvent("C", 0xfeedULL).value(), 0U);
  EXPECT_FALSE(store_->FindEvent("C", 1).value().has_value());
  Checkpoint next;
  next.DeleteEvent("C", 0xfeedULL);
  Write(&next);
  EXPECT_FALSE(store_->FindEvent("C", 0xfeedULL).value().has_value());
}

TEST_F(CaseStoreTest, DerivedEntriesMoveWithTheirCase) {
  Checkpoint first;
  first.Rederive("C-1", {}, Open("q/a", 50, 10));
  first.Rederive("C-2", {}, Open("q/a", 40, 20));
  Write(&first);
  EXPECT_THAT(Timers(), ElementsAre("40 C-2", "50 C-1"));
  EXPECT_THAT(Timers(Instant{41}), ElementsAre("50 C-1"));
  EXPECT_THAT(Indexed("q/a", ""), ElementsAre("10 C-1", "20 C-2"));

  Derived due = *Open("q/b", 60, 10);
  due.due.emplace_back(Atom::Intern("heard"), Instant{55});
  Checkpoint second;
  second.Rederive("C-1", Open("q/a", 50, 10), Shared(due));
  second.Rederive("C-2", Open("q/a", 40, 20), {});
  Write(&second);
  EXPECT_THAT(Timers(), ElementsAre("60 C-1"));
  EXPECT_TRUE(Indexed("q/a", "").empty());
  EXPECT_THAT(Indexed("q/b", ""), ElementsAre("10 C-1"));
  EXPECT_THAT(Indexed("q/b", "heard"), ElementsAre("55 C-1"));
}

TEST_F(CaseStoreTest, InstantsBefore1970SortFirst) {
  Checkpoint checkpoint;
  checkpoint.Rederive("C-1", {}, Open("q", 5, -7));
  checkpoint.Rederive("C-2", {}, Open("q", -5, 7));
  Write(&checkpoint);
  EXPECT_THAT(Timers(), ElementsAre("-5 C-2", "5 C-1"));
  EXPECT_THAT(Indexed("q", ""), ElementsAre("-7 C-1", "7 C-2"));
}

TEST_F(CaseStoreTest, AnEmptyFigureGoes) {
  Checkpoint first;
  first.PutFigure("key", "chunk");
  Write(&first);
  Checkpoint second;
  second.PutFigure("key", "");
  Write(&second);
  int found = 0;
  EXPECT_TRUE(
      store_->ForEachFigure([&](std::string_view, std::string_view) { return ++found; }).ok());
  EXPECT_EQ(found, 0);
}

TEST_F(CaseStoreTest, HasOneOwner) {
  const auto second = CaseStore::Open(directory_.path(), MakeResources({}));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, base::ErrorKind::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr(directory_.path()));
}

TEST_F(CaseStoreTest, CanBeReadBesideItsOwner) {
  Checkpoint checkpoint;
  checkpoint.PutCase("C", base::SharedBytes("x"));
  checkpoint.SetPosition({}, kFold);  // without one there is nothing yet to start from
  Write(&checkpoint);
  auto reader = CaseStore::OpenToRead(directory_.path(), MakeResources({}));
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  int found = 0;
  EXPECT_TRUE(reader.value()
                  ->ForEachCase([&](std::string_view, std::string_view) { return ++found; })
                  .ok());
  EXPECT_EQ(found, 1);
}

// A large checkpoint goes into a file of its own instead of through the write-ahead log.
TEST_F(CaseStoreTest, LargeAndSmallCheckpointsFollowEachOther) {
  const auto write = [&](char content, size_t bytes_each, int64_t offset) {
    Checkpoint checkpoint;
    for (int i = 0; i < 300; ++i) {
      checkpoint.PutCase("C-" + std::to_string(i),
                         base::SharedBytes(std::string(bytes_each, content)));
    }
    Position position;
    position.input_offset = offset;
    checkpoint.SetPosition(position, kFold);
    checkpoint.DeleteEvent("C-7", 1);
    checkpoint.PutEvent("C-7", 1, static_cast<uint32_t>(offset));  // the last one counts
    Write(&checkpoint);
  };
  const auto expect = [&](char content, size_t bytes_each, int64_t offset) {
    EXPECT_EQ(store_->ReadPosition().value()->input_offset, offset);
    EXPECT_EQ(store_->FindEvent("C-7", 1).value(), static_cast<uint32_t>(offset));
    size_t cases = 0;
    EXPECT_TRUE(store_
                    ->ForEachCase([&](std::string_view, std::string_view bytes) {
                      EXPECT_EQ(bytes, std::string(bytes_each, content));
                      ++cases;
                      return true;
                    })
                    .ok());
    EXPECT_EQ(cases, 300U);
  };
  constexpr size_t kLarge = 10'000;  // 3 MB in all
  write('a', 10, 1);
  write('b', kLarge, 2);
  expect('b', kLarge, 2);
  write('c', 10, 3);
  expect('c', 10, 3);
  Open();  // the small one comes from the write-ahead log
  expect('c', 10, 3);
  write('d', kLarge, 4);
  Open();
  expect('d', kLarge, 4);
  EXPECT_FALSE(std::filesystem::exists(directory_.path() + "/checkpoint.sst"));
}

// RocksDB takes a file in under a name of its own by a link, and removes the first name last: a
// process that is killed in between leaves both. What is written next must not go into that file.
TEST_F(CaseStoreTest, AKillWhileAFileIsTakenInLeavesItWhole) {
  const auto write = [&](char content, int first) {
    Checkpoint checkpoint;
    for (int i = first; i < first + 300; ++i) {
      checkpoint.PutCase("C-" + std::to_string(i), base::SharedBytes(std::string(10'000, content)));
    }
    checkpoint.SetPosition({}, kFold);
    Write(&checkpoint);
  };
  write('a', 0);
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory_.path())) {
    if (file.path().extension() != ".sst") continue;
    std::filesystem::create_hard_link(file.path(), directory_.path() + "/checkpoint.sst");
    ++files;
  }
  ASSERT_EQ(files, 1);
  Open();
  write('b', 300);
  Open();
  std::map<char, int> found;
  const auto status = store_->ForEachCase([&](std::string_view id, std::string_view bytes) {
    const char content = id.size() == 5 && id >= "C-300" ? 'b' : 'a';
    EXPECT_EQ(bytes, std::string(10'000, content)) << id;
    ++found[content];
    return true;
  });
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(found, (std::map<char, int>{{'a', 300}, {'b', 300}}));
}

// As a process leaves it that was killed before its first checkpoint.
TEST_F(CaseStoreTest, ToReadWithoutAPositionIsAnEmptyOneThatCanBeFilled) {
  store_.reset();
  auto opened = CaseStore::OpenToRead(directory_.path(), MakeResources({}));
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  Checkpoint checkpoint;
  checkpoint.PutCase("C-1", base::SharedBytes("bytes"));
  EXPECT_TRUE(opened.value()->Write(&checkpoint).ok());
  opened.value().reset();
  Open();
  EXPECT_FALSE(store_->ReadPosition().value().has_value());
  size_t cases = 0;
  EXPECT_TRUE(store_->ForEachCase([&](auto, auto) { return ++cases > 0; }).ok());
  EXPECT_EQ(cases, 0U);
}

// The disk is full for whatever is written, which RocksDB's own log would be part of.
class FullDisk {
 public:
  FullDisk() {
    signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit full{1, before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  }
  ~FullDisk() { EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before_), 0); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

TEST_F(CaseStoreTest, AFullDiskIsAnErrorAndTheStoreClosesAsEver) {
  Checkpoint first;
  first.PutCase("C-1", base::SharedBytes("one"));
  Position position;
  position.sequence = 1;
  first.SetPosition(position, kFold);
  Write(&first);
  Checkpoint second;
  second.PutCase("C-1", base::SharedBytes("two"));
  position.sequence = 2;
  second.SetPosition(position, kFold);
  base::Status status;
  {
    const FullDisk full;
    status = store_->Write(&second);
    store_.reset();
  }
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kIo);
  Open();
  EXPECT_EQ(store_->ReadPosition().value()->sequence, 1);
}

// Who only reads has a store of its own where there is none, and nobody would ever clear it away.
TEST_F(CaseStoreTest, ToReadLeavesNothingBehindWhereNoStoreCanBeMade) {
  const tests::TempDir place;
  ASSERT_EQ(setenv("TMPDIR", place.path().c_str(), 1), 0);
  {
    const FullDisk full;
    const auto opened = CaseStore::OpenToRead(directory_.path() + "/none", MakeResources({}));
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().kind, base::ErrorKind::kIo);
  }
  EXPECT_EQ(unsetenv("TMPDIR"), 0);
  EXPECT_TRUE(std::filesystem::is_empty(place.path()));
}

TEST_F(CaseStoreTest, KeepsWhichFiguresAreUntold) {
  EXPECT_THAT(store_->ReadUntold().value(), IsEmpty());
  const std::set<std::string> untold = {std::string("q\0a\1", 4), "r", std::string(300, 's')};
  Checkpoint first;
  first.PutUntold(untold);
  Write(&first);
  EXPECT_EQ(store_->ReadUntold().value(), untold);
  Checkpoint second;
  second.PutUntold({});
  Write(&second);
  EXPECT_THAT(store_->ReadUntold().value(), IsEmpty());
}

TEST_F(CaseStoreTest, FindsTheCasesThatHaveNamedAHandler) {
  const auto of = [&](const char* handler) {
    std::vector<std::string> found;
    EXPECT_TRUE(store_
                    ->ForEachOfHandler(Atom::Intern(handler),
                                       [&](std::string_view id) {
                                         found.emplace_back(id);
                                         return true;
                                       })
                    .ok());
    return found;
  };
  const auto named = [](const char* handler, std::vector<Atom> others) {
    Derived derived;
    derived.handler = Atom::Intern(handler);
    derived.others = std::move(others);
    return Shared(std::move(derived));
  };
  Checkpoint first;
  first.Rederive("C-1", {}, named("h-1", {}));
  first.Rederive("C-2", {}, named("h-1", {Atom::Intern("h-2")}));
  first.Rederive("C-3", {}, named("h-11", {}));
  Write(&first);
  EXPECT_THAT(of("h-1"), ElementsAre("C-1", "C-2"));
  EXPECT_THAT(of("h-2"), ElementsAre("C-2"));
  EXPECT_FALSE(store_->HandlersWhole().value());
  Checkpoint second;
  second.Rederive("C-1", named("h-1", {}), named("h-2", {Atom::Intern("h-1")}));
  second.Rederive("C-3", named("h-11", {}), {});
  second.SetPosition({}, kFold);
  Write(&second);
  EXPECT_THAT(of("h-1"), ElementsAre("C-1", "C-2"));
  EXPECT_THAT(of("h-2"), ElementsAre("C-1", "C-2"));
  EXPECT_THAT(of("h-11"), ElementsAre());
  EXPECT_TRUE(store_->HandlersWhole().value());
}

}  // namespace
}  // namespace caseclock::store
