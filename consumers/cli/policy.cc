#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "consumers/cli/commands.h"
#include "consumers/cli/data_dir.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/output.h"
#include "consumers/cli/policy_files.h"
#include "consumers/cli/policy_page.h"
#include "consumers/cli/policy_schema.h"
#include "consumers/cli/render.h"
#include "consumers/cli/source.h"
#include "consumers/cli/terminal.h"
#include "consumers/http/activation.h"
#include "consumers/http/json_text.h"
#include "consumers/http/policy_json.h"
#include "engine/host/clock.h"
#include "engine/policy/lint.h"
#include "engine/runtime/engine.h"

namespace caseclock::cli {
namespace {

struct CheckSettings {
  std::vector<std::string> paths;
  std::optional<base::Instant> at;
  bool strict = false;
};

size_t Errors(const policy::Problems& problems) {
  return static_cast<size_t>(std::count_if(
      problems.begin(), problems.end(),
      [](const policy::Problem& problem) { return problem.severity == policy::Severity::kError; }));
}

// Files by themselves may lack what others of their folder define, such as the workflows that
// queues name. Then what they say is judged together with those; problems of the others are not
// theirs.
void CheckWithNeighbours(const std::vector<std::string>& files, base::Instant at,
                         policy::LoadResult* alone) {
  auto together = LoadNeighbours(files);
  if (!together) return;
  policy::LoadResult& all = *together;
  AddHorizon(at, &all);
  std::erase_if(all.problems, [&](const policy::Problem& problem) {
    return std::find(files.begin(), files.end(), problem.file) == files.end();
  });
  if (Errors(all.problems) >= Errors(alone->problems)) return;
  std::fprintf(stderr, "checked together with the other files of the folder\n");
  *alone = std::move(all);
}

// What is not there hides nothing of what is.
policy::Problems TakeMissing(std::vector<std::string>* paths) {
  policy::Problems missing;
  std::erase_if(*paths, [&](const std::string& path) {
    std::error_code error;
    if (std::filesystem::exists(path, error)) return false;
    missing.push_back({path, 0, "Expected policies, but there is nothing"});
    return true;
  });
  return missing;
}

int Check(const CheckSettings& settings) {
  std::vector<std::string> paths = settings.paths;
  const policy::Problems missing = TakeMissing(&paths);
  PrintProblems(missing);
  size_t errors = 0;
  size_t warnings = 0;
  if (!paths.empty()) {
    auto loaded = LoadPolicies(paths);
    if (!loaded.ok()) return Fail(loaded.error());
    const base::Instant at = settings.at.value_or(host::WallClock());
    AddHorizon(at, &loaded.value());
    if (!loaded.value().ok()) CheckWithNeighbours(paths, at, &loaded.value());
    PrintProblems(loaded.value().problems);
    errors = Errors(loaded.value().problems);
    warnings = loaded.value().problems.size() - errors;
  }
  std::fprintf(stderr, "%s, %s\n",
               Counted(static_cast<int64_t>(errors + missing.size()), "error").c_str(),
               Counted(static_cast<int64_t>(warnings), "warning").c_str());
  if (errors > 0) return kExitBadData;
  if (!missing.empty()) {
    return Fail(kExitNoInput, "Expected all that was named to be there, but it is not");
  }
  return settings.strict && warnings > 0 ? kExitBadData : kExitDone;
}

struct ShowSettings {
  SourceSettings source;
  std::string policy;
  std::string workflow;
  std::string format = "text";
};

base::Result<std::string> SetAsJson(const ShowSettings& settings) {
  if (settings.source.data.empty() && settings.source.from.empty() &&
      settings.source.brokers.brokers.empty()) {
    const auto path = PoliciesOr(settings.policy);
    if (!path.ok()) return path.error();
    auto loaded = LoadPolicies({path.value()});
    if (!loaded.ok()) return loaded.error();
    PrintProblems(loaded.value().problems);
    if (!loaded.value().ok()) {
      return base::Error{base::ErrorKind::kInvalid, "Expected policies without errors in " +
                                                        path.value() + ", but there are some"};
    }
    return http::PolicySetToJson(*loaded.value().set);
  }
  auto source = Source::Open(settings.source);
  if (!source.ok()) return source.error();
  return source.value()->Get("/v1/policies");
}

// As wide as it reads well, and no wider than the terminal.
size_t PageWidth() {
  constexpr size_t kReadable = 96;
  const size_t width = TextWidth();
  return width == 0 ? kReadable : std::min(kReadable, width);
}

int Show(const ShowSettings& settings) {
  auto json = SetAsJson(settings);
  if (!json.ok()) return Fail(json.error());
  if (settings.format == "csv" || settings.format.starts_with("json")) {
    if (!settings.workflow.empty()) json = OneWorkflow(json.value(), settings.workflow);
    if (!json.ok()) return Fail(json.error());
    return PrintAnswer(
        json.value(), FormatFromName(settings.format),
        [](const std::string& text, bool) { return PolicyTable(text); }, "");
  }
  auto page = PolicyPage(json.value(), settings.workflow);
  if (!page.ok()) return Fail(page.error());
  Print(settings.format == "html"       ? page.value().ToHtml()
        : settings.format == "markdown" ? page.value().ToMarkdown()
                                        : page.value().ToText(PageWidth()));
  return kExitDone;
}

struct ActivateSettings {
  std::string path;
  std::string data;
  std::string to;
  BrokerSettings brokers;
  std::string by = "caseclock-cli";
  std::string format;
};

// The answer, as POST /v1/policies gives it, of whoever activates.
using Answer = base::Result<std::string>;

Answer ActivateRemote(const policy::LoadResult& loaded, const ActivateSettings& settings,
                      const std::string& url) {
  std::string body;
  http::JsonWriter json(&body);
  json.Open('{').Key("by").Text(settings.by).Key("files").Open('{');
  for (const auto& [name, text] : loaded.texts) json.Key(name).Text(text);
  json.Close('}').Close('}');
  SourceSettings to;
  to.from = url;
  auto source = Source::Open(to);
  if (!source.ok()) return source.error();
  return source.value()->Post("/v1/policies", "application/json", body);
}

Answer AnswerOf(const base::Result<model::ActivationRecord>& activation) {
  if (!activation.ok()) return activation.error();
  return http::ActivationToJson(activation.value(), host::WallClock());
}

Answer ActivateLocal(const policy::LoadResult& loaded, const ActivateSettings& settings) {
  auto log = OpenDataLog({settings.data}, true, log::Durability::kDisk);
  if (!log.ok()) return log.error();
  return AnswerOf(http::Activate(log.value().get(), runtime::TopicNames(), TextsOf(loaded),
                                 host::WallClock, settings.by));
}

// The topic is made by `topics create` alone, with everything that it needs.
Answer ActivateOnBrokers(const policy::LoadResult& loaded, const ActivateSettings& settings) {
  auto log = OpenBrokers(settings.brokers);
  if (!log.ok()) return log.error();
  const runtime::TopicNames topics = TopicsOf(settings.brokers);
  if (auto there = log.value()->Partitions(topics.policies); !there.ok()) {
    return WithWayOut(settings.brokers, there.error());
  }
  return AnswerOf(http::Activate(log.value().get(), topics, TextsOf(loaded), host::WallClock,
                                 settings.by, runtime::kActivationLead));
}

int TellActivation(const std::string& json, Format format) {
  if (format == Format::kText) {
    Print(ActivationText(json));
    return kExitDone;
  }
  return PrintAnswer(
      json, format, [](const std::string& text, bool) { return ActivationTable(text); }, "");
}

int Activate(const ActivateSettings& settings) {
  const bool brokers = !settings.brokers.brokers.empty();
  auto loaded = LoadPolicies({settings.path});
  if (!loaded.ok()) return Fail(loaded.error());
  PrintProblems(loaded.value().problems);
  if (!loaded.value().ok()) {
    return Fail(kExitBadData,
                "Expected policies without errors, but there are some; nothing was "
                "activated");
  }
  // Told, but no reason to refuse: a set may be put right in one place before another.
  PrintProblems(policy::LintHorizon(*loaded.value().set, loaded.value().places, host::WallClock()));
  std::string url = settings.to;
  if (url.empty() && !brokers) {
    const auto holder = FindHolder({settings.data});
    if (holder && !holder->listen.empty()) url = UrlOf(holder->listen);
  }
  const Answer answer = brokers       ? ActivateOnBrokers(loaded.value(), settings)
                        : url.empty() ? ActivateLocal(loaded.value(), settings)
                                      : ActivateRemote(loaded.value(), settings, url);
  if (!answer.ok()) return Fail(answer.error());
  return TellActivation(answer.value(), FormatFromName(settings.format));
}

}  // namespace

void AddPolicy(Command root) {
  Command policy = root.Sub("policy", "Check, show and activate policies");
  Command check = policy.Sub("check", "All errors at once, each file:line: message");
  auto checked = std::make_shared<CheckSettings>();
  check.Texts(
      "FILE", &checked->paths,
      "Policy files, or a directory of them; files that need others are checked with those of "
      "their folder",
      true);
  check.Instant("--at", &checked->at,
                "When calendars must reach far enough, such as 2028-06-01T00:00:00Z; default: now");
  check.Flag("--strict", &checked->strict, "Exit code 65 for warnings too");
  check.OwnMeaning("--at");
  check.OwnMeaning("--strict");
  check.Footer(
      "Exit code 65 if there is an error, 66 if nothing is wrong but a file that is missing.");
  check.Run([checked] { return Check(*checked); });

  Command schema =
      policy.Sub("schema", "The JSON Schema of policy files, for editors (draft 2020-12)");
  auto kind = std::make_shared<std::string>();
  schema.Choice("--kind", kind.get(), PolicyFileKinds(),
                "Of this kind of file alone; default: of all, told apart by their first key");
  schema.Run([kind] {
    Print(PolicySchema(*kind));
    return kExitDone;
  });

  Command show = policy.Sub("show", "What policies say, as pages to read and sign");
  auto shown = std::make_shared<ShowSettings>();
  AddSourceOptions(show, &shown->source);
  show.Text("--policy", &shown->policy, "Directory of policies; default: those shipped");
  show.OneOf({"--policy", "--data", "--from", "--brokers"});
  show.Text("WORKFLOW", &shown->workflow, "This one alone; default: all of the set");
  show.Choice("--format", &shown->format, {"text", "markdown", "html", "csv", "json", "jsonl"},
              "text and markdown for reading, html for printing, csv for the limits, json for all "
              "(with the calendars of the whole set)");
  show.Run([shown] { return Show(*shown); });

  Command activate = policy.Sub("activate", "Put a policy set into force, and say from when it is");
  auto settings = std::make_shared<ActivateSettings>();
  activate.Text("DIR", &settings->path, "Directory of policies", true);
  activate.Text("--data", &settings->data, "Data directory; a process that holds it is asked");
  activate.Url("--to", &settings->to, "A running caseclock, http://HOST:PORT");
  AddBrokers(activate, &settings->brokers);
  activate.NeedsOneOf({"--data", "--to", "--brokers"});
  activate.Text("--by", &settings->by, "Opaque reference of who does it");
  AddFormat(activate, &settings->format);
  activate.Footer(
      "It says from when the set is in force. The first set of a log judges all of it. Where "
      "engines\n"
      "may be at work (a directory that a process holds, --to, --brokers) a set comes into force\n"
      "ten seconds later, when all of them have read it: what is sent before is judged by the set\n"
      "before.");
  activate.Run([settings] { return Activate(*settings); });
}

}  // namespace caseclock::cli
