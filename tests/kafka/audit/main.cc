// kafka_audit: works out again everything that engines have told on a Kafka log, and says what
// differs. For a log at rest: all engines stopped cleanly, all input taken, and times of log. Exit
// code 1 if anything differs, 2 if the log cannot be read.
//
//   kafka_audit --brokers HOST:PORT [--topic-prefix PREFIX] [--group GROUP] [--views FILE]
//   kafka_audit --data DIR [--views FILE]     the same of the embedded log of `caseclock run`
//
// --views FILE: every case and the hash of its view, a line each, to compare two logs.
// --replay no: only whether anything was told twice, and the views; of a log that was damaged.

#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engine/host/clock.h"
#include "engine/log/embedded/embedded_log.h"
#include "engine/log/kafka/kafka_log.h"
#include "tests/common/auditor.h"
#include "tests/kafka/audit/tellings.h"

namespace caseclock::tests {
namespace {

constexpr int kDiffers = 1;
constexpr int kCannot = 2;

struct Flags {
  std::string brokers, data, group, views;
  std::string prefix = "caseclock";
  std::string replay = "yes";
};

bool ParseFlags(int argc, char** argv, Flags* flags) {
  const std::map<std::string, std::string*> known = {
      {"--brokers", &flags->brokers},     {"--data", &flags->data},
      {"--group", &flags->group},         {"--views", &flags->views},
      {"--topic-prefix", &flags->prefix}, {"--replay", &flags->replay}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const auto found = known.find(argv[i]);
    if (found == known.end()) return false;
    *found->second = argv[i + 1];
  }
  return argc % 2 == 1 && flags->brokers.empty() != flags->data.empty() &&
         (flags->replay == "yes" || flags->replay == "no");
}

base::Result<std::unique_ptr<log::Log>> OpenLog(const Flags& flags) {
  if (!flags.brokers.empty()) {
    log::KafkaOptions options;
    options.brokers = flags.brokers;
    return log::OpenKafkaLog(options);
  }
  log::EmbeddedOptions options;
  options.directory = flags.data + "/log";
  options.clock = host::WallClock;
  return log::OpenEmbeddedLog(options);
}

int Cannot(const base::Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return kCannot;
}

void Print(const char* what, int64_t count) {
  std::printf("%s %lld\n", what, static_cast<long long>(count));
}

void PrintCounts(const Auditor::Counts& counts, const Tellings& tellings) {
  Print("commits", counts.commits);
  Print("inputs", counts.inputs);
  Print("cases compared", counts.cases);
  Print("alerts told", tellings.told);
  Print("alerts compared", counts.alerts);
  Print("rejects", counts.rejects);
  Print("rerouted", counts.rerouted);
  Print("partials", counts.partials);
  Print("lost", counts.lost);
  Print("doubled", counts.surplus + tellings.doubled);
  Print("wrong", counts.wrong);
}

int WriteViews(log::Log* log, const std::string& topic, const std::string& path) {
  const auto views = Views(log, topic);
  if (!views.ok()) return Cannot(views.error());
  std::ofstream file(path);
  for (const auto& [id, hash] : views.value()) file << id << ' ' << hash << '\n';
  file.close();
  if (file) return 0;
  std::fprintf(stderr, "Expected to write %s, but could not\n", path.c_str());
  return kCannot;
}

int Run(const Flags& flags) {
  auto opened = OpenLog(flags);
  if (!opened.ok()) return Cannot(opened.error());
  log::Log* const log = opened.value().get();
  const std::string& p = flags.prefix;
  const AuditTopics topics{p + ".events", p + ".cases",   p + ".partials",
                           p + ".alerts", p + ".rejects", p + ".policies"};
  const auto tellings = CountTellings(log, topics.alerts);
  if (!tellings.ok()) return Cannot(tellings.error());
  Auditor auditor(log, topics);
  std::vector<std::string> unfinished;
  if (flags.replay == "yes") {
    if (const auto read = auditor.Run(); !read.ok()) return Cannot(read.error());
    auto found = Unfinished(log, topics, flags.group, auditor);
    if (!found.ok()) return Cannot(found.error());
    unfinished = std::move(found).value();
  }
  PrintCounts(auditor.counts(), tellings.value());
  int differences = 0;
  for (const std::vector<std::string>* lines :
       {&auditor.differences(), &tellings.value().complaints, &std::as_const(unfinished)}) {
    for (const std::string& line : *lines) std::printf("differs: %s\n", line.c_str());
    differences += static_cast<int>(lines->size());
  }
  Print("differences", differences);
  if (!flags.views.empty()) {
    if (const int code = WriteViews(log, topics.cases, flags.views); code != 0) return code;
  }
  return differences == 0 ? 0 : kDiffers;
}

}  // namespace
}  // namespace caseclock::tests

int main(int argc, char** argv) {
  caseclock::tests::Flags flags;
  if (!caseclock::tests::ParseFlags(argc, argv, &flags)) {
    std::fprintf(stderr,
                 "Expected --brokers HOST:PORT or --data DIR, then --topic-prefix, --group, "
                 "--views, --replay, each with a value\n");
    return caseclock::tests::kCannot;
  }
  return caseclock::tests::Run(flags);
}
