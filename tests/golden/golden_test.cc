// What was once written must be read for ever, and come out as the same bytes and the same JSON.
//
// tests/golden/v1 holds a file of each message and each event type. A change that fails here breaks
// every log that exists: make it another way. A new message, event type or field gets a file of its
// own: add the value, then run once with CASECLOCK_WRITE_GOLDEN=1, which writes what is missing and
// never touches what is there.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "caseclock/v1/commit.pb.h"
#include "caseclock/v1/figures.pb.h"
#include "caseclock/v1/policy.pb.h"
#include "caseclock/v1/sources.pb.h"
#include "engine/codec/event_codec.h"
#include "engine/codec/json_message.h"
#include "tests/golden/golden_cases.h"
#include "tests/golden/golden_events.h"
#include "tests/golden/golden_outputs.h"

namespace caseclock::codec {
namespace {

namespace fs = std::filesystem;

// What bytes of a golden file are to this version.
struct Reread {
  bool ok = false;
  std::string bytes;  // encoded again
  std::string json;
};
using Rereader = std::function<Reread(const std::string&)>;

// A message: its value as this version encodes it, and how its files are read.
struct Golden {
  std::string name;
  std::string bytes;
  Rereader reread;
};

Reread RereadEvent(const std::string& bytes) {
  model::Event event;
  Rejected rejected;
  Reread again;
  again.ok = DecodeEvent(bytes, &event, &rejected);
  if (again.ok) EncodeEvent(event, &again.bytes);
  again.json = EventToJson(bytes).value();
  return again;
}

Reread RereadEntries(const std::string& bytes) {
  Reread again;
  core::LedgerEntry entry;
  for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(entry.size)) {
    DecodeLedgerEntry(rest, &entry);
    EncodeLedgerEntry(entry.event, entry.arrival, &again.bytes);
  }
  again.ok = true;
  again.json = CaseToJson(bytes).value();
  return again;
}

// For a pair of functions that encode and decode one struct.
template <typename T>
Rereader Through(base::Status (*decode)(std::string_view, T*),
                 const std::function<void(const T&, std::string*)>& encode,
                 const std::function<std::string(const T&, const std::string&)>& json) {
  return [=](const std::string& bytes) {
    T value;
    Reread again;
    again.ok = decode(bytes, &value).ok();
    if (again.ok) encode(value, &again.bytes);
    again.json = json(value, bytes);
    return again;
  };
}

template <typename Message>
std::string GeneratedJson(const std::string& bytes) {
  Message message;
  return message.ParseFromString(bytes) ? MessageToJson(message) : "";
}

std::string CaseJson(const std::string& bytes) {
  return CaseToJson(bytes).value();
}

template <typename T>
Golden Of(const std::string& name, const T& value, base::Status (*decode)(std::string_view, T*),
          const std::function<void(const T&, std::string*)>& encode,
          const std::function<std::string(const T&, const std::string&)>& json) {
  std::string bytes;
  encode(value, &bytes);
  return {name, bytes, Through<T>(decode, encode, json)};
}

void AddEvents(std::vector<Golden>* all) {
  for (model::EventBody& body : GoldenBodies()) {
    const model::Event event = GoldenEvent(std::move(body));
    std::string bytes;
    EncodeEvent(event, &bytes);
    all->push_back({"event_" + std::string(EventTypeName(event.type())), bytes, RereadEvent});
  }
  const model::Event void_of_fact =
      GoldenEvent(model::Voided{"hr/000100", A("wrong-person"), A("h-17")});
  std::string bytes;
  EncodeEvent(void_of_fact, &bytes);
  all->push_back({"event_voided.2", bytes, RereadEvent});
  std::string by_role;
  EncodeEvent(GoldenEvent(GoldenScreenedByRole()), &by_role);
  all->push_back({"event_screened_by_role", by_role, RereadEvent});
}

void AddCases(std::vector<Golden>* all) {
  all->push_back({"ledger_entries", GoldenPage().entries, RereadEntries});
  all->push_back(Of<model::CaseState>("case", GoldenCase(), DecodeCase, EncodeCase,
                                      [](const auto&, const auto& b) { return CaseJson(b); }));
  all->push_back(Of<model::CaseState>("case_held", GoldenHeldCase(), DecodeCase, EncodeCase,
                                      [](const auto&, const auto& b) { return CaseJson(b); }));
  all->push_back(Of<model::CaseState>("case_awaiting", GoldenAwaitingCase(), DecodeCase, EncodeCase,
                                      [](const auto&, const auto& b) { return CaseJson(b); }));
  all->push_back(Of<model::CaseState>("case_handler", GoldenHandlerCase(), DecodeCase, EncodeCase,
                                      [](const auto&, const auto& b) { return CaseJson(b); }));
  all->push_back(Of<model::CaseState>("case_following", GoldenFollowingCase(), DecodeCase,
                                      EncodeCase,
                                      [](const auto&, const auto& b) { return CaseJson(b); }));
  all->push_back(Of<model::CaseState>("case_paused_before", GoldenPausedBeforeCase(), DecodeCase,
                                      EncodeCase,
                                      [](const auto&, const auto& b) { return CaseJson(b); }));
  all->push_back(Of<model::CaseState>("case_moved", GoldenMovedCase(), DecodeCase, EncodeCase,
                                      [](const auto&, const auto& b) { return CaseJson(b); }));
  all->push_back(Of<model::CaseState>("case_moved_while_closed", GoldenMovedWhileClosedCase(),
                                      DecodeCase, EncodeCase,
                                      [](const auto&, const auto& b) { return CaseJson(b); }));
  all->push_back(Of<model::CaseState>("case_explained", GoldenExplainedCase(), DecodeCase,
                                      EncodeCase,
                                      [](const auto&, const auto& b) { return CaseJson(b); }));
  all->push_back(Of<model::CaseState>("case_extended", GoldenExtendedCase(), DecodeCase, EncodeCase,
                                      [](const auto&, const auto& b) { return CaseJson(b); }));
  all->push_back(Of<model::ClosedPage>(
      "page", GoldenClosedPage(), DecodePage,
      [](const model::ClosedPage& page, std::string* out) { EncodePage("C-000123", page, out); },
      [](const auto&, const auto& b) { return CaseJson(b); }));
  all->push_back(Of<model::Alert>("alert", GoldenAlert(), DecodeAlert, EncodeAlert,
                                  [](const auto& a, const auto&) { return AlertToJson(a); }));
  all->push_back(Of<model::Alert>("alert_explained", GoldenExplainedAlert(), DecodeAlert,
                                  EncodeAlert,
                                  [](const auto& a, const auto&) { return AlertToJson(a); }));
  all->push_back(Of<model::Alert>("alert_meeting", GoldenMeetingAlert(), DecodeAlert, EncodeAlert,
                                  [](const auto& a, const auto&) { return AlertToJson(a); }));
  all->push_back(Of<model::Alert>("alert_held", GoldenHeldAlert(), DecodeAlert, EncodeAlert,
                                  [](const auto& a, const auto&) { return AlertToJson(a); }));
}

Reread RereadChunk(const std::string& bytes) {
  ChunkKey key;
  model::FigureChunk value;
  Reread again;
  again.ok = DecodeChunk(bytes, &key, &value).ok();
  EncodeChunk(key, value, &again.bytes);
  again.json = GeneratedJson<v1::QueuePartial>(bytes);
  return again;
}

void AddOutputs(std::vector<Golden>* all) {
  std::string chunk;
  EncodeChunk(GoldenChunkKey(), GoldenChunk(), &chunk);
  all->push_back({"partial", chunk, RereadChunk});
  std::string handled;
  EncodeChunk(GoldenHandledKey(), GoldenHandled(), &handled);
  all->push_back({"partial_handled", handled, RereadChunk});
  all->push_back(Of<model::PartitionShare>(
      "share", GoldenShare(), DecodeShare, EncodeShare,
      [](const auto&, const auto& b) { return GeneratedJson<v1::PartitionShare>(b); }));
  all->push_back(Of<model::Backlog>("backlog", GoldenBacklog(), DecodeBacklog, EncodeBacklog,
                                    [](const auto& b, const auto&) { return BacklogToJson(b); }));
  all->push_back(Of<model::Backlog>("backlog_screening", GoldenBacklogWithScreening(),
                                    DecodeBacklog, EncodeBacklog,
                                    [](const auto& b, const auto&) { return BacklogToJson(b); }));
  all->push_back(Of<model::Backlog>("backlog_caseload", GoldenBacklogWithCaseload(), DecodeBacklog,
                                    EncodeBacklog,
                                    [](const auto& b, const auto&) { return BacklogToJson(b); }));
  all->push_back(Of<model::Backlog>("backlog_next_due", GoldenBacklogWithNextDue(), DecodeBacklog,
                                    EncodeBacklog,
                                    [](const auto& b, const auto&) { return BacklogToJson(b); }));
  all->push_back(Of<model::Reject>("reject", GoldenReject(), DecodeReject, EncodeReject,
                                   [](const auto& r, const auto&) { return RejectToJson(r); }));
  all->push_back(Of<model::CommitRecord>(
      "commit", GoldenCommit(), DecodeCommit, EncodeCommit,
      [](const auto&, const auto& b) { return GeneratedJson<v1::CommitRecord>(b); }));
  all->push_back(Of<model::CommitRecord>(
      "commit_steps", GoldenCommitWithSteps(), DecodeCommit, EncodeCommit,
      [](const auto&, const auto& b) { return GeneratedJson<v1::CommitRecord>(b); }));
  all->push_back(Of<model::CommitRecord>(
      "commit_calendars", GoldenCommitWithCalendars(), DecodeCommit, EncodeCommit,
      [](const auto&, const auto& b) { return GeneratedJson<v1::CommitRecord>(b); }));
  all->push_back(Of<model::CommitRecord>(
      "commit_sources", GoldenCommitWithSources(), DecodeCommit, EncodeCommit,
      [](const auto&, const auto& b) { return GeneratedJson<v1::CommitRecord>(b); }));
  all->push_back(Of<model::PartitionShare>(
      "share_sources", GoldenShareWithSources(), DecodeShare, EncodeShare,
      [](const auto&, const auto& b) { return GeneratedJson<v1::PartitionShare>(b); }));
  all->push_back(Of<model::SourcesRecord>(
      "sources", GoldenSources(), DecodeSources, EncodeSources,
      [](const auto&, const auto& b) { return GeneratedJson<v1::Sources>(b); }));
  all->push_back(Of<model::Alert>("alert_source", GoldenSourceAlert(), DecodeAlert, EncodeAlert,
                                  [](const auto& a, const auto&) { return AlertToJson(a); }));
  all->push_back(Of<model::PolicyRecord>(
      "policy", GoldenPolicy(), DecodePolicy, EncodePolicy,
      [](const auto&, const auto& b) { return GeneratedJson<v1::PolicySet>(b); }));
  all->push_back(Of<model::ActivationRecord>(
      "activation", GoldenActivation(), DecodeActivation, EncodeActivation,
      [](const auto&, const auto& b) { return GeneratedJson<v1::Activation>(b); }));
  all->push_back(Of<model::MigrationRecord>(
      "migration", GoldenMigration(), DecodeMigration, EncodeMigration,
      [](const auto&, const auto& b) { return GeneratedJson<v1::Migration>(b); }));
}

std::vector<Golden> AllGolden() {
  std::vector<Golden> all;
  AddEvents(&all);
  AddCases(&all);
  AddOutputs(&all);
  return all;
}

fs::path Folder() {
  return fs::path(CASECLOCK_SOURCE_DIR) / "tests/golden/v1";
}

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void WriteFile(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST(Golden, EachMessageAndEachEventHasAFile) {
  const bool write = std::getenv("CASECLOCK_WRITE_GOLDEN") != nullptr;
  for (const Golden& golden : AllGolden()) {
    const fs::path bin = Folder() / (golden.name + ".bin");
    if (write && !fs::exists(bin)) {
      WriteFile(bin, golden.bytes);
      WriteFile(Folder() / (golden.name + ".json"), golden.reread(golden.bytes).json + "\n");
    }
    EXPECT_TRUE(fs::exists(bin)) << bin << ": see the top of this file";
  }
}

TEST(Golden, EachEventTypeIsThere) {
  const std::vector<model::EventBody> bodies = GoldenBodies();
  ASSERT_EQ(bodies.size(), model::kEventTypes);
  for (size_t i = 0; i < bodies.size(); ++i) EXPECT_EQ(bodies[i].index(), i);
}

TEST(Golden, EachFileIsReadAsItAlwaysWas) {
  std::map<std::string, Rereader> readers;
  for (const Golden& golden : AllGolden()) readers[golden.name] = golden.reread;
  for (const auto& entry : fs::directory_iterator(Folder())) {
    if (entry.path().extension() != ".bin") continue;
    // "case.2.bin" is a later file of the same message.
    const std::string stem = entry.path().stem().string();
    const auto reader = readers.find(stem.substr(0, stem.find('.')));
    ASSERT_NE(reader, readers.end()) << stem << ": no message of this name any more";
    const std::string bytes = ReadFile(entry.path());
    const Reread again = reader->second(bytes);
    EXPECT_TRUE(again.ok) << stem << " does not decode";
    EXPECT_EQ(again.bytes, bytes) << stem << " comes out as other bytes";
    EXPECT_EQ(again.json + "\n", ReadFile(fs::path(entry.path()).replace_extension(".json")))
        << stem;
  }
}

TEST(Golden, JsonOfEventsIsReadToTheSameBytes) {
  for (const Golden& golden : AllGolden()) {
    if (golden.name.rfind("event_", 0) != 0) continue;
    const std::string json = ReadFile(Folder() / (golden.name + ".json"));
    const base::Result<std::string> bytes = EventFromJson(json);
    ASSERT_TRUE(bytes.ok()) << bytes.error().message;
    EXPECT_EQ(bytes.value(), ReadFile(Folder() / (golden.name + ".bin"))) << golden.name;
  }
}

}  // namespace
}  // namespace caseclock::codec
