// What `migrate` says at its end.

#include <algorithm>

#include "consumers/cli/migrate.h"
#include "consumers/cli/table.h"
#include "consumers/cli/terminal.h"
#include "consumers/http/json_text.h"
#include "engine/base/time_text.h"

namespace caseclock::cli {
namespace {

// What the summary is about: in a dry run all that there is to carry.
const model::MigrationRecord& CountsOf(const MigrationSummary& summary) {
  return summary.dry_run && !summary.was_done ? summary.plan.all : summary.carried;
}

Table ToTable(const MigrationSummary& summary) {
  const model::MigrationRecord& counts = CountsOf(summary);
  const auto number = [](int64_t n) { return std::to_string(n); };
  const auto flag = [](bool set) { return std::string(set ? "true" : "false"); };
  Table table({"source", "target", "dry_run", "resumed", ">source_partitions", ">partitions",
               "clock", ">cases", ">pages", ">handlers", ">alerts", ">rejects", ">policies",
               ">bytes", ">commits"});
  table.Add({summary.source, summary.target, flag(summary.dry_run), flag(summary.resumed),
             number(counts.source_partitions), number(counts.partitions),
             base::FormatInstant(counts.clock), number(counts.cases), number(counts.pages),
             number(counts.handlers), number(counts.alerts), number(counts.rejects),
             number(counts.policies), number(counts.bytes), number(counts.commits)});
  return table;
}

}  // namespace

std::string MigrationToText(const MigrationSummary& summary) {
  const model::MigrationRecord& counts = CountsOf(summary);
  std::string text;
  const auto line = [&](const std::string& name, const std::string& value) {
    text += name + std::string(12 - std::min<size_t>(11, name.size()), ' ') + value + "\n";
  };
  line("from", Printable(summary.source));
  line("to", Printable(summary.target));
  line("partitions", Grouped(counts.source_partitions) + " → " + Grouped(counts.partitions));
  line("clock", base::FormatInstant(counts.clock));
  line("cases", Grouped(counts.cases) +
                    (counts.pages == 0 ? "" : ", with " + Grouped(counts.pages) + " closed pages"));
  if (!summary.plan.partitions.empty()) {
    const auto [least, most] =
        std::minmax_element(summary.plan.partitions.begin(), summary.plan.partitions.end(),
                            [](const auto& a, const auto& b) { return a.cases < b.cases; });
    line("", Grouped(least->cases) + " to " + Grouped(most->cases) + " a partition");
  }
  if (counts.handlers > 0) {
    line("handlers", Grouped(counts.handlers) + ", known to each partition");
  }
  line("alerts", Grouped(counts.alerts));
  line("rejects", Grouped(counts.rejects));
  line("policies", Grouped(counts.policies) + " sets and activations");
  line("bytes", Grouped(counts.bytes));
  if (counts.commits > 0) line("commits", Grouped(counts.commits));
  if (summary.dry_run && summary.resumed) {
    line("carried", Grouped(summary.carried.cases) + " cases, " + Grouped(summary.carried.alerts) +
                        " alerts, " + Grouped(summary.carried.rejects) + " rejects already");
  }
  return text;
}

std::string MigrationToJson(const MigrationSummary& summary) {
  const model::MigrationRecord& counts = CountsOf(summary);
  std::string json;
  http::JsonWriter writer(&json);
  writer.Open('{').Key("source").Text(summary.source).Key("target").Text(summary.target);
  writer.Key("dry_run").Bool(summary.dry_run).Key("resumed").Bool(summary.resumed);
  writer.Key("was_done").Bool(summary.was_done);
  writer.Key("source_partitions").Number(counts.source_partitions);
  writer.Key("partitions").Number(counts.partitions);
  writer.Key("clock").Text(base::FormatInstant(counts.clock));
  writer.Key("cases").Number(counts.cases).Key("pages").Number(counts.pages);
  writer.Key("handlers").Number(counts.handlers);
  writer.Key("alerts").Number(counts.alerts).Key("rejects").Number(counts.rejects);
  writer.Key("policies").Number(counts.policies).Key("bytes").Number(counts.bytes);
  writer.Key("commits").Number(counts.commits);
  if (!summary.plan.partitions.empty()) {
    writer.Key("cases_by_partition").Open('[');
    for (const auto& share : summary.plan.partitions) writer.Number(share.cases);
    writer.Close(']');
  }
  writer.Close('}');
  return json;
}

void PrintMigration(const MigrationSummary& summary, Format format) {
  switch (format) {
    case Format::kText:
      return Print(MigrationToText(summary));
    case Format::kCsv:
      return Print(ToTable(summary).ToCsv());
    case Format::kJson:
    case Format::kJsonLines:
      return Print(MigrationToJson(summary) + "\n");
  }
}

}  // namespace caseclock::cli
