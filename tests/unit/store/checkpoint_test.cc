// A checkpoint by itself: what it says that is to be written.

#include "engine/store/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace caseclock::store {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// Keys with what is put there; "-" deletes.
std::vector<std::pair<std::string, std::string>> Of(Checkpoint* checkpoint) {
  std::vector<std::pair<std::string, std::string>> said;
  checkpoint->ForEach([&](std::string_view key, std::optional<std::string_view> value) {
    said.emplace_back(key, value.value_or("-"));
    return true;
  });
  return said;
}

TEST(CheckpointTest, SaysEveryKeyOnceInOrderWithWhatCameLast) {
  Checkpoint checkpoint;
  checkpoint.PutRecord("case-000000000012", false, "old");
  checkpoint.PutFigure("f", "figure");
  checkpoint.PutRecord("case-000000000013", false, "b");
  checkpoint.PutRecord("case-000000000002", false, "c");
  checkpoint.PutRecord("case-000000000012", false, "new");
  checkpoint.PutFigure("f", "");
  EXPECT_THAT(Of(&checkpoint),
              ElementsAre(Pair("Ccase-000000000002", "c"), Pair("Ccase-000000000012", "new"),
                          Pair("Ccase-000000000013", "b"), Pair("Ff", "-")));
}

// Sorted by eight bytes behind what keys of a table have in common, and by all where those are one:
// beyond them, where a key ends there, and by bytes without a sign.
TEST(CheckpointTest, OrderIsThatOfWholeKeys) {
  const std::vector<std::string> keys = {
      "same",          std::string("same\0", 5), "same1",        "same12345678",
      "same12345678a", "same12345678b",          "same\xc3\xa9", "same\xff"};
  Checkpoint checkpoint;
  for (size_t i = keys.size(); i-- > 0;) checkpoint.PutRecord(keys[i], false, "x");
  std::vector<std::string> sorted;
  for (const auto& [key, value] : Of(&checkpoint)) sorted.push_back(key.substr(1));
  EXPECT_EQ(sorted, keys);
}

TEST(CheckpointTest, LeavesOutWhatANewerOneHas) {
  Checkpoint checkpoint;
  checkpoint.PutRecord("a", false, "1");
  checkpoint.PutRecord("b", false, "2");
  checkpoint.PutRecord("b", true, "3");
  checkpoint.PutRecord("c", false, "4");
  const auto newer = std::make_shared<Checkpoint>();
  newer->PutRecord("d", false, "8");
  newer->PutRecord("b", false, "7");
  newer->PutRecord("aa", false, "6");
  checkpoint.LeaveOut(newer);
  EXPECT_THAT(Of(&checkpoint), ElementsAre(Pair("Ca", "1"), Pair("Cc", "4"), Pair("Pb", "3")));
  EXPECT_THAT(Of(newer.get()), ElementsAre(Pair("Caa", "6"), Pair("Cb", "7"), Pair("Cd", "8")));
}

TEST(CheckpointTest, TakesMoreAfterItWasVisited) {
  Checkpoint checkpoint;
  checkpoint.PutRecord("b", false, "1");
  EXPECT_THAT(Of(&checkpoint), ElementsAre(Pair("Cb", "1")));
  checkpoint.PutRecord("a", false, "2");
  EXPECT_THAT(Of(&checkpoint), ElementsAre(Pair("Ca", "2"), Pair("Cb", "1")));
}

// An empty value is there.
TEST(CheckpointTest, EmptyIsNotDeleted) {
  Checkpoint checkpoint;
  checkpoint.MarkHandlersWhole();
  EXPECT_THAT(Of(&checkpoint), ElementsAre(Pair(::testing::_, "")));
}

}  // namespace
}  // namespace caseclock::store
