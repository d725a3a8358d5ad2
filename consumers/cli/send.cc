#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "consumers/cli/commands.h"
#include "consumers/cli/csv_event.h"
#include "consumers/cli/event_reader.h"
#include "consumers/cli/event_sink.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/terminal.h"

namespace caseclock::cli {
namespace {

constexpr size_t kBatch = 1000;
// A few huge events must not add up to a batch beyond what the log or a request takes.
constexpr size_t kBatchBytes = 16 << 20;
constexpr uint64_t kBadShown = 1000;  // lines named on standard error; all are counted

struct Settings {
  std::vector<std::string> files;
  std::string format = "auto";
  std::string timestamps = "now";
  bool strict = false;
  bool unchecked = false;
  bool quiet = false;
  SinkTarget target;
};

// Reads every file and hands the events on; keeps the counts that are told at the end.
class Sender {
 public:
  explicit Sender(const Settings& settings) : settings_(settings) {}

  int Run() {
    if (const int code = LookAtFiles(); code != kExitDone) return code;
    if (settings_.strict) {
      if (const int code = CheckAll(); code != kExitDone) return code;
    }
    auto sink = OpenSink(settings_.target, settings_.timestamps == "occurred");
    if (!sink.ok()) return Fail(sink.error());
    sink_ = std::move(sink).value();
    int code = kExitDone;
    if (settings_.strict) {
      code = SendKept();
    }
    if (!kept_all_) {
      for (const std::string& file : settings_.files) {
        if (code == kExitDone) code = SendFile(file, true);
      }
    }
    if (code == kExitDone) code = Flush();
    if (code == kExitDone || sent_ > 0) Report();
    if (code != kExitDone) return code;
    return bad_ > 0 ? kExitBadData : kExitDone;
  }

 private:
  // That there are such, before a directory is made for what is in them, and before those in front
  // are sent. A pipe can be opened only once.
  int LookAtFiles() {
    for (const std::string& file : settings_.files) {
      std::error_code unknown;
      const auto type = std::filesystem::status(file, unknown).type();
      const bool once = type == std::filesystem::file_type::fifo ||
                        type == std::filesystem::file_type::character ||
                        type == std::filesystem::file_type::socket;
      if (file == "-" || once) continue;
      const auto opened = Open(file);
      if (!opened.ok()) return Fail(opened.error());
    }
    return kExitDone;
  }

  [[nodiscard]] base::Result<std::unique_ptr<EventReader>> Open(const std::string& file) const {
    return EventReader::Open(file, InputFormatFromName(settings_.format), !settings_.unchecked);
  }

  // The first pass of --strict. Files are read again to be sent; standard input cannot be, so
  // then the events are kept.
  int CheckAll() {
    for (const std::string& file : settings_.files) kept_all_ = kept_all_ || file == "-";
    for (const std::string& file : settings_.files) {
      const int code = SendFile(file, false);
      if (code != kExitDone) return code;
    }
    if (bad_ == 0) return kExitDone;
    return Fail(kExitBadData, "Expected only good events, because of --strict, but found " +
                                  Grouped(static_cast<int64_t>(bad_)) + " bad; nothing was sent");
  }

  int SendFile(const std::string& name, bool send) {
    auto opened = Open(name);
    if (!opened.ok()) return Fail(opened.error());
    EventReader& reader = *opened.value();
    // What a pipe has told must not wait for what it tells next.
    if (send) reader.set_before_wait([this] { return Append(); });
    Progress progress(send ? "sending" : "checking", "events", settings_.quiet);
    uint64_t count = 0;
    while (true) {
      auto next = reader.Next();
      if (!next.ok()) return Fail(next.error());
      ReadOutcome& outcome = next.value();
      if (outcome.kind == ReadOutcome::Kind::kEnd) return kExitDone;
      if (outcome.kind == ReadOutcome::Kind::kBad) {
        // The second pass of --strict meets none.
        CountBad(reader.name(), outcome, &progress);
        continue;
      }
      progress.Update(reader.share(), ++count);
      if (!send && !kept_all_) continue;
      Keep(std::move(outcome.event));
      if (send && (batch_.size() >= kBatch || batch_bytes_ >= kBatchBytes)) {
        if (const int code = Flush(); code != kExitDone) return code;
      }
    }
  }

  void CountBad(const std::string& file, const ReadOutcome& outcome, Progress* progress) {
    if (++bad_ > kBadShown) return;
    progress->Done();
    std::fprintf(stderr, "%s:%lld: %s\n", file.c_str(), static_cast<long long>(outcome.place),
                 outcome.problem.c_str());
    if (bad_ == kBadShown) std::fprintf(stderr, "(further bad lines are counted, not shown)\n");
  }

  void Keep(http::CheckedEvent event) {
    OutgoingEvent outgoing;
    outgoing.case_id = std::move(event.case_id);
    outgoing.about_handler = event.about_handler;
    outgoing.bytes = std::move(event.bytes);
    if (settings_.timestamps == "occurred" && event.occurred_at != base::Instant{}) {
      outgoing.timestamp = event.occurred_at;
    }
    batch_bytes_ += outgoing.bytes.size();
    batch_.push_back(std::move(outgoing));
  }

  int SendKept() {
    if (!kept_all_) return kExitDone;
    std::vector<OutgoingEvent> kept = std::exchange(batch_, {});
    for (OutgoingEvent& event : kept) {
      batch_bytes_ += event.bytes.size();
      batch_.push_back(std::move(event));
      if (batch_.size() < kBatch && batch_bytes_ < kBatchBytes) continue;
      if (const int code = Flush(); code != kExitDone) return code;
    }
    return kExitDone;
  }

  base::Status Append() {
    if (batch_.empty()) return {};
    if (auto status = sink_->Append(batch_); !status.ok()) return status;
    sent_ += batch_.size();
    batch_.clear();
    batch_bytes_ = 0;
    return {};
  }

  int Flush() {
    const base::Status status = Append();
    return status.ok() ? kExitDone : Fail(status.error());
  }

  void Report() {
    std::fprintf(stderr, "%s sent to %s", Counted(static_cast<int64_t>(sent_), "event").c_str(),
                 sink_->where().c_str());
    if (bad_ > 0) {
      std::fprintf(stderr, "; %s bad, not sent", Grouped(static_cast<int64_t>(bad_)).c_str());
    }
    std::fprintf(stderr, "\n");
  }

  const Settings& settings_;
  std::unique_ptr<EventSink> sink_;
  std::vector<OutgoingEvent> batch_;
  size_t batch_bytes_ = 0;
  bool kept_all_ = false;
  uint64_t sent_ = 0;
  uint64_t bad_ = 0;
};

int Send(Settings* settings) {
  settings->target.unchecked = settings->unchecked;
  return Sender(*settings).Run();
}

}  // namespace

void AddSend(Command root) {
  Command command =
      root.Sub("send", "Send events from files, checked first; sending again is harmless");
  auto settings = std::make_shared<Settings>();
  command.Texts(
      "FILE", &settings->files,
      "Files of events (gzip is understood); - is standard input, of which each is sent as "
      "it comes",
      true);
  command.Choice("--input-format", &settings->format, {"auto", "json", "jsonl", "csv", "protobuf"},
                 "Form of the files; auto goes by name, then by content; json: an array of events, "
                 "or one after another; jsonl: one a line; protobuf: each after its length as a "
                 "varint");
  command.Choice("--timestamps", &settings->timestamps, {"now", "occurred"},
                 "Timestamps of the records: the time of sending, or each event's own (to load "
                 "history, before an engine lives on the log: they are when events arrived)");
  command.Flag("--strict", &settings->strict, "Send nothing if one event is bad");
  command.Flag("--unchecked", &settings->unchecked,
               "Append lines as they are, JSON or not; the engine puts bad ones into the rejects");
  command.OneOf({"--strict", "--unchecked"});
  command.Flag("--quiet", &settings->quiet, "No progress");
  command.Text("--data", &settings->target.data,
               "Data directory; a process that holds it is asked to take the events");
  command.Url("--to", &settings->target.to, "A running caseclock, http://HOST:PORT");
  AddBrokers(command, &settings->target.brokers);
  command.NeedsOneOf({"--data", "--to", "--brokers"});
  command.Choice("--durability", &settings->target.durability, {"process", "disk"},
                 "With --data: what an appended event survives, the death of the process or of the "
                 "machine");
  command.Number("--partitions", &settings->target.partitions, 1, 1024,
                 "With --data: partitions of a new log; an existing one keeps its own");
  command.Footer(
      "CSV needs a header row: event_id, source, case_id, occurred_at, event (the kind, such as\n"
      "referred) and any of sequence, actor and the fields of the events. event may be left out\n"
      "where the columns that are filled are of one kind alone. What is about a handler\n"
      "(qualified, absent) names no case: case_id is empty there, or left out.\n" +
      CsvColumnsText() +
      "\n"
      "A name with its event in front (linked.case_id, paused.reason) counts for that event "
      "alone.\n"
      "Several criteria stand in one cell, with ; between them. An empty cell says nothing.\n"
      "Bad lines are reported as file:line: reason and not sent; then the exit code is 65. What "
      "is\n"
      "sent and cannot be used all the same, such as a queue that no policy names, is in\n"
      "`rejects list`. An event_id that comes again with other content is settled by the engine;\n"
      "`explain CASE` and `rejects list` say so.");
  command.Run([settings] { return Send(settings.get()); });
}

}  // namespace caseclock::cli
