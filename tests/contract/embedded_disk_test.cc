// The embedded log on a disk that is full, forbidden or damaged.

#include <gmock/gmock.h>
#include <rocksdb/db.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <random>

#include "tests/contract/embedded_fixture.h"
#include "tests/contract/helper_process.h"

namespace caseclock::log::contract {
namespace {

using base::ErrorKind;
using testing::AllOf;
using testing::HasSubstr;

EmbeddedOptions OptionsFor(const std::string& directory) {
  EmbeddedOptions options;
  options.directory = directory;
  options.clock = [] { return base::Instant::FromSeconds(1'750'000'000); };
  options.write_buffer_bytes = 3 << 20;
  return options;
}

TEST(EmbeddedDisk, ADirectoryThatCannotBeMadeIsNamed) {
  // Below a regular file nobody can make a directory, root neither.
  tests::TempDir directory;
  std::ofstream(directory.path() + "/file") << "x";
  const std::string path = directory.path() + "/file/log";
  auto log = EmbeddedLog::OpenAt(OptionsFor(path));
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().kind, ErrorKind::kIo);
  EXPECT_THAT(log.error().message, HasSubstr(path));
}

TEST(EmbeddedDisk, ADirectoryThatIsAFileIsNamed) {
  tests::TempDir directory;
  const std::string path = directory.path() + "/file";
  std::ofstream(path) << "x";
  auto log = EmbeddedLog::OpenAt(OptionsFor(path));
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().kind, ErrorKind::kIo);
  EXPECT_THAT(log.error().message, HasSubstr(path));
}

TEST(EmbeddedDisk, WithoutADirectoryOrAClockItDoesNotOpen) {
  EXPECT_EQ(EmbeddedLog::OpenAt({}).error().kind, ErrorKind::kConfig);
  EmbeddedOptions no_clock;
  no_clock.directory = "/nowhere";
  EXPECT_EQ(EmbeddedLog::OpenAt(no_clock).error().kind, ErrorKind::kConfig);
}

TEST(EmbeddedDisk, AFullDiskHalvesNothingAndIsSurvived) {
  tests::TempDir directory;
  HelperProcess helper("fill", directory.path());
  std::string output;
  std::string line;
  while (helper.ReadLine(&line)) output += line + "\n";
  const int code = helper.Wait();
  if (code == kCannot) GTEST_SKIP() << "skipped: no file system can be mounted here: " << output;
  EXPECT_EQ(code, 0) << output;
}

// Flips one bit in the middle of the only block.
void Damage(const std::string& directory) {
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(rocksdb::Options(), directory, &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(rocksdb::ReadOptions()));
  it->Seek("B");
  ASSERT_TRUE(it->Valid());
  std::string value = it->value().ToString();
  value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 4);
  ASSERT_TRUE(db->Put(rocksdb::WriteOptions(), it->key(), value).ok());
}

TEST(EmbeddedDisk, ADamagedBlockIsNamed) {
  tests::TempDir directory;
  const std::string path = directory.path() + "/log";
  {
    auto log = std::move(EmbeddedLog::OpenAt(OptionsFor(path))).value();
    ASSERT_TRUE(log->EnsureTopic("events", {}).ok());
    const std::string value(1000, 'x');
    const std::vector<NewRecord> records(10, NewRecord{"k", value, std::nullopt, {}});
    ASSERT_TRUE(log->OpenAppender().value()->Append("events", records).ok());
  }
  Damage(path);
  auto log = std::move(EmbeddedLog::OpenAt(OptionsFor(path))).value();
  auto read = log->Open({"events", 0}, 3).value()->Read(kShort, 100);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(read.error().message,
              AllOf(HasSubstr("checksum"), HasSubstr("events/0"), HasSubstr("offset 3")));
  auto consumer = std::move(log->Join("g", "", {"events"})).value();
  ASSERT_TRUE(consumer->Poll(kShort, 10).ok());
  EXPECT_EQ(consumer->Poll(kShort, 10).error().kind, ErrorKind::kCorrupt);
}

// In the helper process, which has its own mounts.

int Fail(const std::string& what) {
  std::printf("%s\n", what.c_str());
  return 1;
}

bool Mount(const std::string& directory, const char* size, unsigned long flags) {
  return ::mount("none", directory.c_str(), "tmpfs", flags, size) == 0;
}

// Bytes that do not compress, different for each number.
std::string Noise(int number) {
  std::mt19937_64 random(static_cast<uint64_t>(number));
  std::string bytes(64 << 10, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

base::Status AppendNoise(Log* log, int number) {
  const std::string value = Noise(number);
  const NewRecord record{"k", value, std::nullopt, {}};
  return log->OpenAppender().value()->Append("t", {&record, 1}).status();
}

base::Result<CommitOutcome> ProduceNoise(Producer* producer, int number) {
  const std::string value = Noise(number);
  auto status = producer->Begin();
  if (status.ok()) status = producer->Produce("t", 0, {"k", value, std::nullopt, {}});
  if (status.ok()) status = producer->Produce("u", 0, {"k", value, std::nullopt, {}});
  if (!status.ok()) return status.error();
  return producer->Commit();
}

// The records are Noise(0) … Noise(count - 1).
bool Holds(Log* log, const std::string& topic, int from, int to) {
  auto reader = std::move(log->Open({topic, 0}, 0)).value();
  int next = from;
  do {
    auto batch = reader->Read(kShort, 100);
    if (!batch.ok()) return false;
    if (batch.value() == nullptr) continue;
    for (const RecordView& r : batch.value()->records()) {
      if (*r.value != Noise(next++)) return false;
    }
  } while (!reader->at_end());
  return next == to;
}

int FillAndRecover(const std::string& mount) {
  const std::string path = mount + "/log";
  auto log = std::move(EmbeddedLog::OpenAt(OptionsFor(path))).value();
  if (!log->EnsureTopic("t", {}).ok() || !log->EnsureTopic("u", {}).ok()) return Fail("topics");
  auto producer = std::move(log->OpenProducer("p")).value();
  int count = 0;
  base::Status status;
  while ((status = AppendNoise(log.get(), count)).ok()) {
    if (++count > 2000) return Fail("the disk did not fill");
  }
  if (status.error().kind != ErrorKind::kIo) return Fail("wrong kind: " + status.error().message);
  for (int i = 0; i < 3; ++i) {  // and it stays so
    auto outcome = ProduceNoise(producer.get(), count);
    if (outcome.ok()) return Fail("a commit on a full disk");
    if (outcome.error().kind != ErrorKind::kIo) return Fail(outcome.error().message);
  }
  if (!Holds(log.get(), "t", 0, count)) return Fail("not what was acknowledged, while full");
  if (!Holds(log.get(), "u", 0, 0)) return Fail("half a transaction, while full");

  if (!Mount(mount, "size=64m", MS_REMOUNT)) return kCannot;
  auto outcome = ProduceNoise(producer.get(), count);
  if (!outcome.ok()) return Fail("still full with room: " + outcome.error().message);
  const int first = count++;
  for (int i = 0; i < 20; ++i, ++count) {
    if (!AppendNoise(log.get(), count).ok()) return Fail("an append with room");
  }
  if (!Holds(log.get(), "t", 0, count)) return Fail("not what was acknowledged, with room");

  // What a kill at this instant would leave.
  const std::string image = mount + "/image";
  std::filesystem::copy(path, image, std::filesystem::copy_options::recursive);
  auto survivor = EmbeddedLog::OpenAt(OptionsFor(image));
  if (!survivor.ok()) return Fail("no opening after a kill: " + survivor.error().message);
  if (!Holds(survivor.value().get(), "t", 0, count)) return Fail("records lost by a kill");
  if (!Holds(survivor.value().get(), "u", first, first + 1)) return Fail("transaction torn");
  std::printf("%d records, %d of them before the disk was full\n", count, first);
  return 0;
}

}  // namespace

int FillTheDisk(const std::string& directory) {
  // In a mount namespace of its own, so that nothing is left behind however this ends.
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return kCannot;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return kCannot;
  if (!Mount(directory, "size=16m", 0)) return kCannot;
  return FillAndRecover(directory);
}

}  // namespace caseclock::log::contract
