#include "consumers/http/routes.h"

#include <charconv>
#include <utility>

#include "consumers/http/json_text.h"
#include "consumers/http/metrics.h"
#include "consumers/http/page.h"
#include "consumers/http/parameters.h"
#include "consumers/http/policy_json.h"
#include "consumers/http/readiness.h"
#include "engine/codec/output_codec.h"

namespace caseclock::http {
namespace {

constexpr size_t kLimitMost = 100'000;
// `now` of a client may be a moment ahead of ours.
constexpr base::Duration kClocksApart = base::Seconds(60);

// As the options of commands take it.
base::Result<base::Instant> InstantOf(const std::string& text, Backend* backend) {
  if (text == "now") return backend->Now();
  return base::ParseInstant(text);
}

Response Json(std::string body) {
  Response response;
  response.body = std::move(body);
  response.body += '\n';
  return response;
}

// False: there is a parameter, and it is no such number.
bool TakeLimit(const Request& request, size_t* limit) {
  const std::string text = Parameter(request, "limit");
  if (text.empty()) return true;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *limit);
  return error == std::errc() && end == text.data() + text.size() && *limit > 0 &&
         *limit <= kLimitMost;
}

// A list that may be cut: `total` says how many there are.
Response List(std::string body, size_t total) {
  Response response = Json(std::move(body));
  response.headers.emplace_back(kTotalHeader, std::to_string(total));
  return response;
}

Response BadLimit() {
  return Failure(400, "Expected a limit from 1 to 100000");
}

std::string BacklogsToJson(const std::vector<model::Backlog>& backlogs) {
  std::string out;
  JsonWriter json(&out);
  json.Open('[');
  for (const model::Backlog& backlog : backlogs) json.Raw(codec::BacklogToJson(backlog));
  json.Close(']');
  return out;
}

std::string SourcesToJson(const std::vector<model::SourceStatus>& sources) {
  std::string out;
  JsonWriter json(&out);
  const auto instant = [&](const char* key, base::Instant t) {
    json.Key(key);
    t == base::kLongAgo || t == base::kNever ? json.Null() : json.Text(base::FormatInstant(t));
  };
  json.Open('[');
  for (const model::SourceStatus& source : sources) {
    json.Open('{').Key("source").Text(source.source.view());
    instant("heard_at", source.heard_at);
    instant("due_at", source.due_at);
    json.Key("silent").Bool(source.silent).Close('}');
  }
  json.Close(']');
  return out;
}

std::string CountsToJson(const runtime::EngineStats& stats) {
  std::string out;
  JsonWriter json(&out);
  const auto count = [&](const char* key, uint64_t n) {
    json.Key(key).Number(static_cast<int64_t>(n));
  };
  json.Open('{');
  count("records", stats.records);
  count("events", stats.events);
  count("rejects", stats.rejects);
  count("duplicates", stats.duplicates);
  count("conflicts", stats.conflicts);
  count("late", stats.late);
  count("refused", stats.refused);
  count("rerouted", stats.rerouted);
  count("fact_copies", stats.fact_copies);
  json.Close('}');
  return out;
}

constexpr std::string_view kBacklogs = "/v1/backlog/";
constexpr std::string_view kCases = "/v1/cases/";
constexpr std::string_view kAlerts = "/v1/alerts/";
constexpr std::string_view kStream = "/v1/stream";

bool TakeSuffix(std::string_view path, std::string_view prefix, std::string_view* rest) {
  if (!path.starts_with(prefix) || path.size() == prefix.size()) return false;
  *rest = path.substr(prefix.size());
  return true;
}

// Whether `methods`, as of MethodsOf, has that one.
bool Takes(std::string_view methods, std::string_view method) {
  while (!methods.empty()) {
    const size_t end = methods.find(", ");
    if (methods.substr(0, end) == method) return true;
    methods.remove_prefix(end == std::string_view::npos ? methods.size() : end + 2);
  }
  return false;
}

// What may be asked of a path, as the header Allow has it; empty: there is nothing at this path.
std::string MethodsOf(const std::string& path) {
  constexpr char kReads[] = "GET, HEAD";
  std::string_view rest;
  if (path == "/v1/events" || !AlertTaken(path).empty()) return "POST";
  if (path == "/v1/policies") return "GET, HEAD, POST";
  if (path == kStream) return "GET";
  for (const char* whole : {"/v1/backlog", "/v1/cases", "/v1/alerts", "/v1/rejects", "/v1/sources",
                            "/v1/counts", "/metrics", "/healthz", "/readyz"}) {
    if (path == whole) return kReads;
  }
  for (const std::string_view prefix : {kBacklogs, kCases, kAlerts}) {
    if (TakeSuffix(path, prefix, &rest)) return kReads;
  }
  return Page(path).status == 200 ? kReads : "";
}

}  // namespace

Routes::Routes(Backend* backend, std::function<std::string()> extra_metrics)
    : backend_(backend), extra_metrics_(std::move(extra_metrics)) {}

Response Routes::Answer(const Request& request) {
  const std::string methods = MethodsOf(request.path);
  if (methods.empty()) {
    return Failure(404,
                   "Expected a page or a /v1/ resource, but there is none at this path; see "
                   "/openapi.json");
  }
  if (!Takes(methods, request.method)) {
    Response response =
        Failure(405, "Expected " + methods + " of this path, but got " + request.method);
    response.headers.emplace_back("Allow", methods);
    return response;
  }
  if (auto problem = ProblemOfQuery(request); !problem.empty()) return Failure(400, problem);
  return request.method == "POST" ? Post(request) : Get(request);
}

Response Routes::Get(const Request& request) {
  const std::string& path = request.path;
  std::string_view rest;
  if (path == "/v1/backlog") return GetBacklog(request, Parameter(request, "queue"), false);
  if (TakeSuffix(path, kBacklogs, &rest)) return GetBacklog(request, std::string(rest), true);
  if (path == "/v1/cases") return GetCases(request);
  if (TakeSuffix(path, kCases, &rest)) return GetCase(request, std::string(rest));
  if (path == "/v1/alerts") return GetAlerts(request);
  if (TakeSuffix(path, kAlerts, &rest)) return GetAlert(rest);
  if (path == "/v1/rejects") return GetRejects(request);
  if (path == "/v1/sources" || path == "/v1/policies" || path == "/v1/counts") {
    return GetWhole(path);
  }
  if (path == "/metrics") {
    Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = MetricsText(backend_->Stats(), backend_->Backlogs(), backend_->Sources());
    if (extra_metrics_) response.body += extra_metrics_();
    return response;
  }
  if (path == "/healthz") {
    const base::Status health = backend_->Health();
    return health.ok() ? Json("{\"status\":\"ok\"}") : FailureOf(health.error());
  }
  if (path == "/readyz") return GetReady();
  if (path == kStream) return Failure(404, "Expected a server to stream from, but this is none");
  return Page(path);
}

// What takes no parameters.
Response Routes::GetWhole(std::string_view path) {
  if (auto answers = backend_->Answers(); !answers.ok()) return FailureOf(answers.error());
  if (path == "/v1/sources") return Json(SourcesToJson(backend_->Sources()));
  if (path == "/v1/counts") return Json(CountsToJson(backend_->Stats()));
  const auto policies = backend_->Policies();
  return policies ? Json(PolicySetToJson(*policies))
                  : Failure(404, "Expected policies, but none is active");
}

Response Routes::GetCase(const Request& request, const std::string& id) {
  auto found = IsSet(request, "record") ? backend_->CaseRecordJson(id) : backend_->CaseJson(id);
  if (found.ok()) return Json(std::move(found).value());
  Response response = FailureOf(found.error());
  // Trying again here, as after a 503, would be in vain.
  const bool elsewhere =
      found.error().kind == base::ErrorKind::kUnavailable && backend_->IsWithAnother(id);
  if (elsewhere) response.status = 421;
  return response;
}

Response Routes::GetBacklog(const Request& request, const std::string& queue, bool one) {
  PastQuestion question;
  question.queue = queue;
  question.rollup = IsSet(request, "rollup");
  const std::string known = Parameter(request, "known");
  if (!known.empty() && known != "then" && known != "now") {
    return Failure(400, "Expected known=then or known=now, but got " + known);
  }
  question.known_then = known != "now";
  const std::string at = Parameter(request, "at");
  if (!known.empty() && at.empty()) {
    return Failure(400, "Expected known only together with at, but got it alone");
  }
  if (!at.empty()) {
    auto instant = InstantOf(at, backend_);
    if (!instant.ok()) return Failure(400, instant.error().message);
    const base::Instant now = backend_->Now();
    if (instant.value() > now + kClocksApart) {
      return Failure(400, "Expected an instant of the past, of which figures are known, but " + at +
                              " lies ahead: now is " + base::FormatInstant(now));
    }
    question.at = instant.value();
  }
  std::vector<model::Backlog> backlogs;
  if (question.at || question.rollup) {
    auto past = backend_->BacklogsAt(question);
    if (!past.ok()) return FailureOf(past.error());
    backlogs = std::move(past).value();
  } else {
    auto now = backend_->Backlogs();
    if (!now.ok()) return FailureOf(now.error());
    backlogs = std::move(now).value();
    std::erase_if(backlogs, [&](const auto& b) { return !runtime::QueueMatches(b.queue, queue); });
  }
  if (!one) return Json(BacklogsToJson(backlogs));
  if (backlogs.size() == 1) return Json(codec::BacklogToJson(backlogs.front()));
  if (!backlogs.empty()) return Json(BacklogsToJson(backlogs));
  return Failure(404, "Expected a queue that has had cases, but " + queue + " has had none");
}

Response Routes::GetCases(const Request& request) {
  size_t limit = 100;
  if (!TakeLimit(request, &limit)) return BadLimit();
  size_t total = 0;
  auto cases = backend_->Cases(Parameter(request, "queue"), limit, &total);
  if (!cases.ok()) return FailureOf(cases.error());
  std::string out;
  JsonWriter json(&out);
  json.Open('[');
  for (const auto& summary : cases.value()) json.Raw(CaseSummaryToJson(summary));
  json.Close(']');
  return List(std::move(out), total);
}

std::string CaseSummaryToJson(const runtime::CaseSummary& summary) {
  std::string out;
  JsonWriter json(&out);
  json.Open('{').Key("case_id").Text(summary.case_id).Key("queue").Text(summary.queue.view());
  json.Key("stage").Text(summary.stage.view());
  json.Key("risk").Text(summary.risk.empty() ? std::string_view("ungraded") : summary.risk.view());
  json.Key("handler");
  if (summary.handler.empty()) {
    json.Null();
  } else {
    json.Text(summary.handler.view());
  }
  json.Key("opened_at").Text(base::FormatInstant(summary.opened_at));
  json.Key("due_at");
  if (summary.due_at == base::kNever) {
    json.Null().Key("due_clock").Null();
  } else {
    json.Text(base::FormatInstant(summary.due_at)).Key("due_clock").Text(summary.due_clock.view());
  }
  json.Key("overdue").Number(summary.overdue);
  json.Key("next_due_at");
  if (summary.next_due_at == base::kNever) {
    json.Null().Key("next_due_clock").Null();
  } else {
    json.Text(base::FormatInstant(summary.next_due_at));
    json.Key("next_due_clock").Text(summary.next_due_clock.view());
  }
  json.Key("paused").Bool(summary.paused);
  json.Key("conflicts").Number(summary.conflicts);
  json.Key("unqualified").Bool(summary.unqualified);
  json.Key("handler_away").Bool(summary.handler_away).Close('}');
  return out;
}

Response Routes::GetAlerts(const Request& request) {
  runtime::AlertFilter filter;
  if (!TakeLimit(request, &filter.limit)) return BadLimit();
  filter.queue = Parameter(request, "queue");
  filter.standing_only = IsSet(request, "standing");
  if (const std::string since = Parameter(request, "since"); !since.empty()) {
    auto instant = InstantOf(since, backend_);
    if (!instant.ok()) return Failure(400, instant.error().message);
    filter.since = instant.value();
  }
  size_t total = 0;
  auto alerts = backend_->Alerts(filter, &total);
  if (!alerts.ok()) return FailureOf(alerts.error());
  std::string out;
  JsonWriter json(&out);
  json.Open('[');
  for (const model::Alert& alert : alerts.value()) json.Raw(codec::AlertToJson(alert));
  json.Close(']');
  return List(std::move(out), total);
}

Response Routes::GetAlert(std::string_view id) {
  base::Hash128 hash;
  if (!base::FromHex(id, &hash)) {
    return Failure(400, "Expected an alert id of 32 hex digits, but got " + std::string(id));
  }
  auto alert = backend_->AlertById(hash);
  if (!alert.ok()) return FailureOf(alert.error());
  if (!alert.value()) return Failure(404, "Expected an alert with this id, but there is none");
  return Json(codec::AlertToJson(*alert.value()));
}

Response Routes::GetRejects(const Request& request) {
  size_t limit = 100;
  if (!TakeLimit(request, &limit)) return BadLimit();
  size_t total = 0;
  auto rejects = backend_->Rejects(limit, &total);
  if (!rejects.ok()) return FailureOf(rejects.error());
  std::string out;
  JsonWriter json(&out);
  json.Open('[');
  for (const RejectSummary& reject : rejects.value()) {
    json.Open('{').Key("topic").Text(reject.topic).Key("partition").Number(reject.partition);
    json.Key("offset").Number(reject.offset);
    json.Key("timestamp").Text(base::FormatInstant(reject.timestamp));
    json.Key("reason").Text(reject.reason).Key("message").Text(reject.message);
    json.Key("value_size").Number(static_cast<int64_t>(reject.value_size)).Close('}');
  }
  json.Close(']');
  return List(std::move(out), total);
}

Response Routes::GetReady() {
  const base::Status health = backend_->Health();
  if (!health.ok()) return FailureOf(health.error());
  Readiness readiness = ReadinessOf(health, backend_->Stats());
  Response response = Json(std::move(readiness.json));
  if (!readiness.ready) response.status = 503;
  return response;
}

}  // namespace caseclock::http
