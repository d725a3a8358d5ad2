#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

#include "consumers/http/activation.h"
#include "consumers/http/json_text.h"
#include "consumers/http/parameters.h"
#include "consumers/http/routes.h"
#include "engine/base/check.h"
#include "engine/codec/output_codec.h"

namespace caseclock::http {
namespace {

constexpr size_t kEventsMost = 100'000;  // a request

std::optional<BodyForm> FormOf(const Request& request) {
  const std::string& type = request.content_type;
  if (type == "application/json") return BodyForm::kJson;
  if (type == "application/x-ndjson" || type == "application/jsonl" ||
      type == "application/x-jsonlines") {
    return BodyForm::kJsonLines;
  }
  if (type == "application/x-protobuf" || type == "application/protobuf" ||
      type == "application/octet-stream") {
    return BodyForm::kProtobuf;
  }
  if (type == "application/cloudevents+json") return BodyForm::kCloudEvent;
  if (type == "application/cloudevents-batch+json") return BodyForm::kCloudEventBatch;
  // What clients send that name no type (curl's default is that of a form): by the first byte.
  // Pages of other sites cannot use this door, see the check of Origin in session.cc.
  if (type.empty() || type == "application/x-www-form-urlencoded") {
    const size_t first = request.body.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return BodyForm::kJson;
    if (request.body[first] == '[') return BodyForm::kJson;
    if (request.body[first] != '{') return BodyForm::kProtobuf;
    std::vector<std::string_view> one;
    return SplitJsonArray("[" + request.body + "]", &one) && one.size() == 1 ? BodyForm::kJson
                                                                             : BodyForm::kJsonLines;
  }
  return std::nullopt;
}

// Protobuf has lengths and field numbers, which are control characters.
bool IsText(std::string_view body) {
  return std::none_of(body.begin(), body.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n';
  });
}

Response BadEvents(const std::vector<BadEvent>& bad) {
  Response response;
  response.status = 400;
  JsonWriter json(&response.body);
  json.Open('{').Key("error");
  json.Text("Expected only events that can be used, but " + std::to_string(bad.size()) +
            " cannot; nothing was appended");
  json.Key("errors").Open('[');
  const auto add = [&](size_t index, model::RejectReason reason, const std::string& message) {
    json.Open('{').Key("index").Number(static_cast<int64_t>(index));
    json.Key("reason").Text(codec::RejectReasonName(reason));
    json.Key("message").Text(message).Close('}');
  };
  for (const BadEvent& event : bad) {
    add(event.index, event.why.reason, event.why.message);
    for (const auto& [reason, message] : event.why.more) add(event.index, reason, message);
  }
  json.Close(']').Close('}');
  response.body += '\n';
  return response;
}

}  // namespace

Response Routes::Post(const Request& request) {
  if (!request.content_encoding.empty() && request.content_encoding != "identity") {
    Response response =
        Failure(415, "Expected a body as it is, but its Content-Encoding is another");
    response.headers.emplace_back("Accept-Encoding", "identity");
    return response;
  }
  const std::string_view path = request.path;
  if (path == "/v1/events") return PostEvents(request);
  if (path == "/v1/policies") return PostPolicies(request);
  const std::string_view id = AlertTaken(path);
  CHECK(!id.empty());
  return PostAcknowledgement(request, id);
}

std::string_view AlertTaken(std::string_view path) {
  constexpr std::string_view kAlerts = "/v1/alerts/";
  constexpr std::string_view kAck = "/ack";
  if (!path.starts_with(kAlerts) || !path.ends_with(kAck) ||
      path.size() <= kAlerts.size() + kAck.size()) {
    return {};
  }
  return path.substr(kAlerts.size(), path.size() - kAlerts.size() - kAck.size());
}

Response Routes::PostEvents(const Request& request) {
  const std::optional<BodyForm> form = FormOf(request);
  if (!form) {
    return Failure(415,
                   "Expected application/json, application/x-ndjson, application/x-protobuf, "
                   "application/cloudevents+json or application/cloudevents-batch+json, but got " +
                       request.content_type);
  }
  const std::string timestamps = Parameter(request, "timestamps");
  const bool occurred = timestamps == "occurred";
  if (!timestamps.empty() && !occurred && timestamps != "now") {
    return Failure(400, "Expected timestamps=now or timestamps=occurred");
  }
  const bool unchecked = IsSet(request, "unchecked");
  if (unchecked && !request.cloud_event.empty()) {
    return Failure(400, "Expected unchecked events without ce- headers, which would be dropped");
  }
  if (form == BodyForm::kProtobuf && request.content_type.find("protobuf") == std::string::npos &&
      !unchecked && IsText(request.body)) {
    return Failure(400,
                   "Expected events as JSON or in protobuf, but the body is other text; `caseclock "
                   "send` takes CSV");
  }
  const CheckedBody body = unchecked ? UncheckedBody(request.body, *form)
                                     : CheckBody(request.body, *form, request.cloud_event);
  if (!body.bad.empty()) return BadEvents(body.bad);
  if (body.events.empty())
    return Failure(400, "Expected at least one event, but the body has none");
  if (body.events.size() > kEventsMost) {
    return Failure(413,
                   "Expected at most 100000 events, but got " + std::to_string(body.events.size()));
  }
  auto appended = backend_->Append(body.events, occurred);
  if (!appended.ok()) return FailureOf(appended.error());
  Response response;
  response.status = 202;
  JsonWriter json(&response.body);
  json.Open('[');
  for (const log::Appended& place : appended.value()) {
    json.Open('{').Key("partition").Number(place.partition).Key("offset").Number(place.offset);
    json.Close('}');
  }
  json.Close(']');
  response.body += '\n';
  return response;
}

Response Routes::PostAcknowledgement(const Request& request, std::string_view id) {
  base::Hash128 hash;
  if (!base::FromHex(id, &hash)) {
    return Failure(400, "Expected an alert id of 32 hex digits, but got " + std::string(id));
  }
  const auto taken = ParseAcknowledgement(request.body);
  if (!taken.ok()) return Failure(400, taken.error().message);
  auto found = backend_->AlertById(hash);
  if (!found.ok()) return FailureOf(found.error());
  if (!found.value()) return Failure(404, "Expected an alert with this id, but there is none");
  const model::Alert& alert = *found.value();
  const base::Instant now = backend_->Now();
  if (auto status = CheckAcknowledgement(alert, taken.value(), now); !status.ok()) {
    return Failure(IsOver(alert) ? 409 : 400, status.error().message);
  }
  const CheckedEvent event = acknowledgements_.EventOf(alert, taken.value(), now);
  auto checked = CheckEvent(event.bytes, "application/x-protobuf");
  if (const auto* bad = std::get_if<codec::Rejected>(&checked)) return BadEvents({{0, *bad}});
  auto appended = backend_->Append({&event, 1}, false);
  if (!appended.ok()) return FailureOf(appended.error());
  Response response;
  response.status = 202;
  JsonWriter(&response.body)
      .Open('{')
      .Key("alert_id")
      .Text(id)
      .Key("partition")
      .Number(appended.value().front().partition)
      .Key("offset")
      .Number(appended.value().front().offset)
      .Close('}');
  response.body += '\n';
  return response;
}

Response Routes::PostPolicies(const Request& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  std::vector<model::PolicyText> files;
  if (body.is_object() && body.contains("files") && body["files"].is_object()) {
    for (const auto& [name, text] : body["files"].items()) {
      if (text.is_string()) files.push_back({name, text.get<std::string>()});
    }
  }
  if (files.empty()) {
    return Failure(400, "Expected a JSON object with files: the text of each file by its name");
  }
  std::string by = "caseclock-http";
  if (body.contains("by") && body["by"].is_string()) by = body["by"].get<std::string>();
  const auto activation = backend_->Activate(files, by);
  if (!activation.ok()) return FailureOf(activation.error());
  Response response;
  response.status = 202;
  response.body = ActivationToJson(activation.value(), backend_->Now()) + "\n";
  return response;
}

}  // namespace caseclock::http
