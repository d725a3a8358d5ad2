// A snapshot of a partition shows what was there when it was taken, however much its worker goes on
// meanwhile.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/codec/case_codec.h"
#include "engine/host/clock.h"
#include "engine/runtime/partition_snapshot.h"
#include "engine/runtime/shared_parts.h"
#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using ::testing::ElementsAre;
using testing::TempDir;

class PartitionSnapshotTest : public ::testing::Test {
 protected:
  PartitionSnapshotTest() {
    shared.partitions = 1;
    shared.options.state_dir = directory.path();
    shared.options.monotonic = host::Monotonic;
    ShareResources(&shared);
    partition = std::make_unique<Partition>(&shared, 0);
    EXPECT_TRUE(partition->Open().ok());
  }
  // As a commit leaves it, with one closed page.
  void Commit(const std::string& id, const char* stage, uint32_t mark) {
    model::CaseState state;
    state.case_id = id;
    state.view.stage = base::Atom::Intern(stage);
    state.page.index = 1;
    model::ClosedPage page;
    page.told.emplace_back().revision = mark;
    auto found = partition->Find(id);
    ASSERT_TRUE(found.ok());
    CachedCase* entry = found.value();
    if (entry == nullptr) entry = partition->Insert(id, CaseCache::HashOf(id));
    partition->PutPage(entry, page);
    std::string bytes;
    codec::EncodeCase(state, &bytes);
    partition->Adopt(entry, bytes, state);
  }
  void Checkpoint() {
    ASSERT_TRUE(partition->StartCheckpoint(&writer, 0).ok());
    const base::Status finished = partition->FinishCheckpoint();
    ASSERT_TRUE(finished.ok()) << finished.error().message;
  }
  static std::vector<std::string> Shown(const PartitionSnapshot& snapshot) {
    std::vector<std::string> shown;
    const base::Status status = snapshot.ForEachCase(
        [&](const std::vector<model::ClosedPage>& pages, const model::CaseState& state) {
          std::string line = state.case_id + " " + state.view.stage.str();
          for (const auto& page : pages) line += " " + std::to_string(page.told[0].revision);
          shown.push_back(line);
          return base::Status();
        });
    EXPECT_TRUE(status.ok()) << status.error().message;
    return shown;
  }

  const TempDir directory{TempDir::InMemory{}};
  Shared shared;
  CheckpointWriter writer{nullptr, false};
  std::unique_ptr<Partition> partition;
};

TEST_F(PartitionSnapshotTest, ShowsWhatWasThereThen) {
  Commit("A-stored", "first", 1);
  Commit("C-stored", "first", 2);
  Checkpoint();
  Commit("B-newer", "first", 3);
  Commit("C-stored", "second", 4);
  const PartitionSnapshot before(*partition);

  Commit("A-stored", "third", 5);
  Commit("B-newer", "third", 6);
  Commit("D-new", "third", 7);
  const PartitionSnapshot between(*partition);
  Checkpoint();
  Commit("A-stored", "fourth", 8);
  Checkpoint();

  EXPECT_THAT(Shown(before),
              ElementsAre("A-stored first 1", "B-newer first 3", "C-stored second 4"));
  EXPECT_THAT(Shown(between), ElementsAre("A-stored third 5", "B-newer third 6",
                                          "C-stored second 4", "D-new third 7"));
  EXPECT_THAT(
      Shown(PartitionSnapshot(*partition)),
      ElementsAre("A-stored fourth 8", "B-newer third 6", "C-stored second 4", "D-new third 7"));
}

TEST_F(PartitionSnapshotTest, OfNothingIsEmpty) {
  EXPECT_THAT(Shown(PartitionSnapshot(*partition)), ElementsAre());
}

}  // namespace
}  // namespace caseclock::runtime
