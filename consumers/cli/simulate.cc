#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "consumers/cli/commands.h"
#include "consumers/cli/data_dir.h"
#include "consumers/cli/event_sink.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/terminal.h"
#include "consumers/http/json_text.h"
#include "consumers/simulator/generator.h"
#include "consumers/simulator/live.h"
#include "consumers/simulator/plants.h"
#include "consumers/simulator/vocabulary.h"
#include "engine/codec/event_codec.h"
#include "engine/codec/validate.h"
#include "engine/host/clock.h"
#include "engine/host/signals.h"

namespace caseclock::cli {
namespace {

constexpr size_t kBatch = 1000;
// For the progress bar alone: what 20,000 cases have at the usual waits.
constexpr double kEventsPerCase = 9.1;
// Where the history of a file ends unless --end says otherwise: a file is kept and compared, so the
// day on which it was made must not show in it. A log lives, so there it ends now.
constexpr char kEndOfFiles[] = "2026-06-01T00:00:00Z";
// In a directory's simulation.json: the history is not all there.
constexpr char kPart[] = "part";

struct Settings {
  int64_t seed = 1;
  int64_t cases = 2000;
  int64_t waits = 100;  // percent of simulator::kUsualWaits
  base::Duration span = base::Days(90);
  std::optional<base::Instant> end;
  std::string force = "wmp";
  std::string out;
  bool live = false;
  bool no_history = false;
  std::string pace = "2";
  base::Duration live_for{0};
  bool quiet = false;
  SinkTarget target;
};

// Its queues are codes, and would be rejected one by one.
std::string ProblemOfForce(const std::string& force) {
  const bool parts =
      !force.starts_with('/') && !force.ends_with('/') && force.find("//") == std::string::npos;
  const bool fits = std::all_of(
      simulator::kQueues.begin(), simulator::kQueues.end(), [&](simulator::Queue queue) {
        return codec::IsCode(force + "/" + std::string(simulator::QueueName(queue)));
      });
  if (!force.empty() && parts && fits) return "";
  return "Expected --force as it begins the names of queues, such as wmp (A-Z a-z 0-9 _ . : + -, "
         "at "
         "most 50), but got " +
         (force.empty() ? "nothing" : http::JsonString(force.substr(0, 64)));
}

// JSON lines into a file or to standard output.
class FileSink : public EventSink {
 public:
  FileSink(std::FILE* file, std::string where) : file_(file), where_(std::move(where)) {}
  ~FileSink() override {
    if (file_ != stdout) std::fclose(file_);
  }
  base::Status Append(std::span<const OutgoingEvent> events) override {
    for (const OutgoingEvent& event : events) {
      auto json = codec::EventToJson(event.bytes);
      if (!json.ok()) return json.error();
      json.value() += '\n';
      std::fwrite(json.value().data(), 1, json.value().size(), file_);
    }
    if (std::fflush(file_) == 0 && std::ferror(file_) == 0) return {};
    return base::Error{base::ErrorKind::kIo, "Expected to write " + where_ + ", but could not"};
  }
  [[nodiscard]] const std::string& where() const override { return where_; }

 private:
  std::FILE* file_;
  std::string where_;
};

base::Result<std::unique_ptr<EventSink>> OpenOutput(const Settings& settings) {
  if (settings.out.empty()) return OpenSink(settings.target, !settings.no_history);
  std::FILE* file = settings.out == "-" ? stdout : std::fopen(settings.out.c_str(), "wb");
  if (file == nullptr) {
    return base::Error{base::ErrorKind::kIo,
                       "Expected to write " + settings.out + ", but: " + std::strerror(errno)};
  }
  std::unique_ptr<EventSink> sink =
      std::make_unique<FileSink>(file, settings.out == "-" ? "standard output" : settings.out);
  return sink;
}

base::Status AppendAll(const std::vector<simulator::Generated>& events, bool history,
                       EventSink* sink) {
  std::vector<OutgoingEvent> batch;
  for (const simulator::Generated& event : events) {
    batch.push_back({event.case_id, event.bytes, std::nullopt, event.about_handler});
    if (history) batch.back().timestamp = event.arrives;
  }
  return batch.empty() ? base::Status() : sink->Append(batch);
}

// The settings that make a history what it is, as they stand on a command line; those that are not
// named have their default.
std::string SettingsOf(const Settings& settings, base::Instant end) {
  const Settings usual;
  std::string text = "--seed " + std::to_string(settings.seed);
  if (settings.cases != usual.cases) text += " --cases " + std::to_string(settings.cases);
  if (settings.span != usual.span) text += " --days " + base::FormatDuration(settings.span);
  if (settings.waits != usual.waits) text += " --waits " + std::to_string(settings.waits);
  if (settings.force != usual.force) text += " --force " + settings.force;
  return text + " --end " + base::FormatInstant(end);
}

// What a data directory remembers of the history that was simulated into it.
struct KnownHistory {
  std::string settings;  // empty: it was written before settings were kept
  bool whole = true;     // else its sending was begun, and never seen to end
};

std::optional<KnownHistory> FindHistory(const Settings& settings) {
  if (settings.target.data.empty()) return std::nullopt;
  const auto json = ReadSmallFile(DataDir{settings.target.data}.simulation());
  if (!json.ok()) return std::nullopt;
  return KnownHistory{MemberOf(json.value(), "settings"), MemberOf(json.value(), "sent") != kPart};
}

base::Status RememberHistory(const Settings& settings, const KnownHistory& history) {
  if (settings.target.data.empty()) return {};
  std::string json;
  http::JsonWriter writer(&json);
  writer.Open('{').Key("settings").Text(history.settings);
  writer.Key("sent").Text(history.whole ? "whole" : kPart).Close('}');
  return WriteSmallFile(DataDir{settings.target.data}.simulation(), json + "\n");
}

// Ids of cases and events are numbers, whatever the settings: of two histories in one log, each
// event of the second would contradict one of the first. The same history once more adds nothing,
// and makes a part whole.
std::string ProblemOfHistory(const Settings& settings, base::Instant end,
                             const KnownHistory& known) {
  if (known.settings == SettingsOf(settings, end)) return "";
  const std::string of = known.settings.empty() ? "" : " (" + known.settings + ")";
  return "Expected no other simulated history in " + settings.target.data + ", but it holds " +
         (known.whole ? "one" : "a part of one") + of +
         ", and all have the same ids: simulate into another directory, " +
         (known.whole ? "or go on there with --live" : "or send all of this one by its settings");
}

// How the sending of a history ended. `again`: the settings that make the same.
int TellSent(const Settings& settings, const std::string& where, uint64_t sent, bool whole,
             const std::string& again) {
  const std::string events = Counted(static_cast<int64_t>(sent), "event");
  const std::string cases = Counted(settings.cases, "simulated case");
  if (!whole) {
    return Fail(kExitTryAgain, "Expected to send the events of all " + cases +
                                   ", but was told to "
                                   "stop after " +
                                   events + " sent to " + where + "; " + again +
                                   " sends all of it");
  }
  // With --live there are rungs in it that go by the start.
  const std::string hint = settings.live ? "" : "; " + again + " makes the same again";
  std::fprintf(stderr, "%s of %s sent to %s%s\n", events.c_str(), cases.c_str(), where.c_str(),
               hint.c_str());
  return kExitDone;
}

int SendHistory(const Settings& settings, base::Instant end, simulator::Generator* generator,
                EventSink* sink) {
  const std::string again = SettingsOf(settings, end);
  // Before the first event: whoever is killed leaves a part behind.
  auto kept = RememberHistory(settings, {again, false});
  if (!kept.ok()) return Fail(kept.error());
  Progress progress("simulating", "events", settings.quiet);
  std::vector<simulator::Generated> batch;
  uint64_t sent = 0;
  bool whole = false;
  while (!whole && !host::StopSignals::flag().load()) {
    auto event = generator->Next();
    whole = !event;
    if (event) batch.push_back(std::move(*event));
    if (batch.size() == kBatch || (whole && !batch.empty())) {
      const base::Status status = AppendAll(batch, true, sink);
      if (!status.ok()) return Fail(status.error());
      sent += batch.size();
      batch.clear();
      const double share =
          static_cast<double>(sent) / (kEventsPerCase * static_cast<double>(settings.cases) + 1);
      progress.Update(std::min(share, 0.99), sent);
    }
  }
  progress.Done();
  if (whole) kept = RememberHistory(settings, {again, true});
  if (!kept.ok()) return Fail(kept.error());
  return TellSent(settings, sink->where(), sent, whole, again);
}

int GoLive(const Settings& settings, simulator::LiveOptions options, EventSink* sink,
           const host::StopSignals& signals) {
  const base::Instant start = options.start;
  simulator::Live live(std::move(options));
  std::fprintf(stderr, "live: about %s events a second into %s; Ctrl-C ends it\n",
               settings.pace.c_str(), sink->where().c_str());
  while (!signals.Wait(base::Millis(200))) {
    const base::Instant now = host::WallClock();
    if (settings.live_for.us > 0 && now >= start + settings.live_for) break;
    const base::Status status = AppendAll(live.Until(now), false, sink);
    if (!status.ok()) return Fail(status.error());
  }
  return kExitDone;
}

base::Instant EndOf(const Settings& settings) {
  if (settings.end) return *settings.end;
  const bool file = !settings.out.empty() && !settings.live;
  return file ? base::ParseInstant(kEndOfFiles).value() : host::WallClock();
}

// Events a second; nullopt: the setting is no such number.
std::optional<double> PaceOf(const Settings& settings) {
  constexpr double kMost = 1000;
  const char* const end = settings.pace.data() + settings.pace.size();
  double pace = 0;
  const auto [stop, error] = std::from_chars(settings.pace.data(), end, pace);
  const bool whole = error == std::errc() && stop == end;
  return whole && pace > 0 && pace <= kMost ? std::optional(pace) : std::nullopt;
}

// What is wrong with the settings; empty: nothing.
std::string ProblemOf(const Settings& settings) {
  if (!PaceOf(settings)) {
    return "Expected --pace between 0 and 1000 events a second, but got " + settings.pace;
  }
  if (auto problem = ProblemOfForce(settings.force); !problem.empty()) return problem;
  if (settings.no_history && !settings.live) {
    return "Expected --no-history only with --live, but got it alone";
  }
  if (settings.live && settings.end) return "Expected one of --live and --end, but got both";
  // What is dated ahead, or long before, must lie in the years of which events are taken.
  constexpr base::Duration kAround = base::Days(50 * 365);
  const base::Instant end = EndOf(settings);
  if (end - settings.span < base::kEarliestInstant + kAround ||
      end > base::kLatestInstant - kAround) {
    return "Expected a history from about 1950 up to about 2150, but --days and --end say another";
  }
  return "";
}

simulator::Options HistoryOptions(const Settings& settings, base::Instant end) {
  simulator::Options options;
  options.seed = static_cast<uint64_t>(settings.seed);
  options.cases = static_cast<uint32_t>(settings.cases);
  options.span = settings.span;
  options.waits = simulator::kUsualWaits * static_cast<double>(settings.waits) / 100;
  options.end = end;
  options.force = settings.force;
  return options;
}

// What goes on from the end of `history`; with rungs that fall due soon. REQUIRES: ProblemOf found
// nothing.
simulator::LiveOptions LiveOptionsAfter(const simulator::Options& history,
                                        const Settings& settings) {
  simulator::LiveOptions live;
  live.seed = history.seed;
  live.force = history.force;
  live.events_per_second = PaceOf(settings).value();
  live.start = history.end;
  if (settings.live) {
    live.plants = simulator::PlanPlants(live.start, simulator::SessionNumber(live.start));
  }
  return live;
}

int Simulate(const Settings& settings) {
  if (auto problem = ProblemOf(settings); !problem.empty()) return Fail(kExitUsage, problem);
  host::StopSignals signals;
  const base::Instant end = base::Instant::FromSeconds(EndOf(settings).Seconds());
  const std::optional<KnownHistory> known = FindHistory(settings);
  const bool goes_on = settings.live && (settings.no_history || (known && known->whole));
  if (known && !goes_on) {
    const std::string problem = ProblemOfHistory(settings, end, *known);
    if (!problem.empty()) return Fail(kExitConfig, problem);
  }
  auto sink = OpenOutput(settings);
  if (!sink.ok()) return Fail(sink.error());
  simulator::Options options = HistoryOptions(settings, end);
  simulator::LiveOptions live = LiveOptionsAfter(options, settings);
  if (goes_on) {
    if (!settings.no_history) {
      std::fprintf(stderr, "%s holds a simulated history already: going on from there\n",
                   settings.target.data.c_str());
    }
  } else {
    options.plants = live.plants;
    std::erase_if(live.plants, [&](const auto& p) { return p.arrives <= options.end; });
    simulator::Generator generator(options);
    const int code = SendHistory(settings, options.end, &generator, sink.value().get());
    if (code != kExitDone) return code;
    if (settings.live) live.pending = generator.TakePending();
  }
  if (!settings.live) return kExitDone;
  return GoLive(settings, std::move(live), sink.value().get(), signals);
}

}  // namespace

void AddSimulate(Command root) {
  Command command = root.Sub(
      "simulate", "A synthetic force with four queues; --out is the same from the same --seed");
  auto settings = std::make_shared<Settings>();
  command.Number("--seed", &settings->seed, 0, INT64_MAX,
                 "Seed; the same seed and other settings give the same events, byte for byte");
  command.Number("--cases", &settings->cases, 1, 100'000'000, "Cases; about 9 events each");
  command.Number(
      "--waits", &settings->waits, 1, 1000,
      "How long the people of the force take, in percent: at 100 many limits are missed, "
      "at 30 hardly any");
  command.Days("--days", &settings->span, "Days over which they come in");
  command.Instant(
      "--end", &settings->end,
      std::string("When the history ends, to the second; default: with --out ") + kEndOfFiles +
          ", so that the same seed gives the same file; with --live and straight into a log now, "
          "so there the instants differ from run to run (the --end that was used is told at the "
          "end)");
  command.Text(
      "--force", &settings->force,
      "Force: the queues are FORCE/marac, FORCE/rso, …; the shipped policies name those of wmp "
      "and demo, for others queues.yaml must");
  command.Flag("--live", &settings->live,
               "Then go on in real time, with rungs that fall due in the first two minutes; a "
               "--data that holds a simulated history keeps it");
  command.Text("--pace", &settings->pace, "With --live: events a second");
  command.Duration("--live-for", &settings->live_for,
                   "With --live: end after this time; PT0S: never");
  command.Text("--out", &settings->out, "Write JSON lines to this file; - is standard output");
  command.Text("--data", &settings->target.data, "Send into this data directory");
  command.Url("--to", &settings->target.to, "Send to a running caseclock, http://HOST:PORT");
  AddBrokers(command, &settings->target.brokers);
  command.NeedsOneOf({"--out", "--data", "--to", "--brokers"});
  command.Flag("--no-history", &settings->no_history, "With --live: only what happens from now on");
  command.OnlyIf("--no-history", [settings] { return settings->live; });
  command.OnlyIf("--end", [settings] { return !settings->live; });
  command.Number("--partitions", &settings->target.partitions, 1, 1024,
                 "With --data: partitions of a new log");
  command.Flag("--quiet", &settings->quiet, "No progress");
  command.Footer(
      "Ids are the same whatever the seed: a data directory takes one history, and the same "
      "again.\n"
      "Stopped before all is sent, it ends with 75.\n"
      "A history belongs into the log before `run` starts, which then lives through it; sent to a\n"
      "running engine it is all late news. So: simulate --data DIR; run --data DIR; then\n"
      "simulate --live --data DIR beside it.");
  command.Run([settings] { return Simulate(*settings); });
}

}  // namespace caseclock::cli
