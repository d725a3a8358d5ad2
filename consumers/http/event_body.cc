#include "consumers/http/event_body.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "engine/codec/validate.h"

namespace caseclock::http {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kProtobufType = "application/x-protobuf";
constexpr char kEventIdTag = 0x0a;  // field 1 with a length; the first that is written

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// The end of the JSON value at the front of `text`, by brackets and quotes alone: whether the value
// is well formed is for the codec to say. 0: it does not end.
size_t ValueEnd(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        quoted = false;
        if (depth == 0) return i + 1;
      }
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') {
      if (depth == 0) return i;  // of what surrounds the value
      if (--depth == 0) return i + 1;
    }
    if (depth == 0 && c == ',') return i;
  }
  return depth == 0 && !quoted ? text.size() : 0;
}

bool SplitLines(std::string_view body, std::vector<std::string_view>* pieces) {
  while (!body.empty()) {
    const size_t end = body.find('\n');
    const std::string_view line = Trim(body.substr(0, end));
    if (!line.empty()) pieces->push_back(line);
    if (end == std::string_view::npos) break;
    body.remove_prefix(end + 1);
  }
  return true;
}

bool SplitDelimited(std::string_view body, std::vector<std::string_view>* pieces,
                    std::string* problem) {
  while (!body.empty()) {
    uint64_t size = 0;
    if (!TakeVarint(&body, &size) || size > body.size()) {
      *problem = "Expected each event after its length as a varint, but the body ends too early";
      return false;
    }
    pieces->push_back(body.substr(0, size));
    body.remove_prefix(size);
  }
  return true;
}

// As one value, or one a line.
bool IsJson(std::string_view body) {
  return nlohmann::json::accept(body) || nlohmann::json::accept(body.substr(0, body.find('\n')));
}

// Why the body as a whole is not of this form, as far as its beginning shows; empty: it may be.
std::string WrongForm(std::string_view body, BodyForm form) {
  if (body.starts_with(codec::kByteOrderMark)) body.remove_prefix(codec::kByteOrderMark.size());
  body = Trim(body);
  const bool array = body.starts_with('[');
  const bool json = array || body.starts_with('{');
  if (form == BodyForm::kJson && !json && !body.empty()) {
    return "Expected a JSON object or an array of them, but the body begins like neither";
  }
  if (form == BodyForm::kJsonLines && array) {
    return "Expected a JSON object a line, but the body begins with an array, which goes as "
           "application/json";
  }
  // An event of 91 or 123 bytes begins so, too; but then it is no JSON.
  if (form == BodyForm::kProtobuf && json && IsJson(body)) {
    return "Expected each event in protobuf after its length, but the body is JSON, which goes as "
           "application/json";
  }
  return "";
}

BadEvent BadAt(size_t index, model::RejectReason reason, std::string message) {
  BadEvent bad;
  bad.index = index;
  bad.why.reason = reason;
  bad.why.message = std::move(message);
  return bad;
}

// A body that cannot be events after their lengths: one as it is, or nothing that is known.
CheckedBody CheckUndelimited(std::string_view body) {
  CheckedBody checked;
  auto outcome = CheckEvent(body, kProtobufType);
  if (auto* event = std::get_if<CheckedEvent>(&outcome)) {
    checked.events.push_back(std::move(*event));
  } else {
    checked.bad.push_back(BadAt(0, model::RejectReason::kUnparsable,
                                "Expected one event in protobuf, or many, each after its length as "
                                "a varint, but the body is neither"));
  }
  return checked;
}

}  // namespace

bool TakeVarint(std::string_view* bytes, uint64_t* value) {
  *value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes->empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes->front());
    bytes->remove_prefix(1);
    *value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

bool SplitJsonArray(std::string_view text, std::vector<std::string_view>* elements) {
  text = Trim(text);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
  text = Trim(text.substr(1, text.size() - 2));
  while (!text.empty()) {
    const size_t end = ValueEnd(text);
    if (end == 0) return false;
    elements->push_back(Trim(text.substr(0, end)));
    text = Trim(text.substr(end));
    if (text.empty()) break;
    if (text.front() != ',') return false;
    text = Trim(text.substr(1));
    if (text.empty()) return false;
  }
  return true;
}

bool SplitBody(std::string_view body, BodyForm form, std::vector<std::string_view>* pieces,
               std::string* problem) {
  switch (form) {
    case BodyForm::kJsonLines:
      return SplitLines(body, pieces);
    case BodyForm::kProtobuf:
      return SplitDelimited(body, pieces, problem);
    case BodyForm::kJson:
    case BodyForm::kCloudEvent:
    case BodyForm::kCloudEventBatch:
      break;
  }
  if (body.starts_with(codec::kByteOrderMark)) body.remove_prefix(codec::kByteOrderMark.size());
  body = Trim(body);
  if (body.starts_with('[')) {
    if (SplitJsonArray(body, pieces)) return true;
    *problem = "Expected a JSON array of events, but its brackets or commas do not fit";
    return false;
  }
  // Lines under the type of one value, a mistake easily made.
  const size_t end = ValueEnd(body);
  if (form == BodyForm::kJson && body.starts_with('{') && end != 0 &&
      Trim(body.substr(end)).starts_with('{')) {
    *problem =
        "Expected one JSON object, or an array of them, but there is one object after another; "
        "send an object a line as application/x-ndjson";
    return false;
  }
  if (!body.empty()) pieces->push_back(body);
  return true;
}

std::variant<CheckedEvent, codec::Rejected> CheckEvent(std::string_view raw,
                                                       std::string_view content_type,
                                                       const CloudEventHeaders& cloud_event) {
  std::vector<std::pair<std::string_view, std::string_view>> headers(cloud_event.begin(),
                                                                     cloud_event.end());
  if (!content_type.empty()) headers.emplace_back("content-type", content_type);
  codec::WireRecord record;
  record.value = raw;
  record.headers = headers;
  codec::DecodeScratch scratch;
  model::Event event;
  codec::Rejected rejected;
  if (!codec::DecodeRecord(record, &scratch, &event, &rejected)) return rejected;
  CheckedEvent checked;
  checked.case_id = std::string(model::RecordKey(event));
  checked.about_handler = !model::HandlerOf(event).empty();
  checked.occurred_at = event.occurred_at;
  codec::EncodeEvent(event, &checked.bytes);
  return checked;
}

CheckedBody CheckBody(std::string_view body, BodyForm form, const CloudEventHeaders& cloud_event) {
  CheckedBody checked;
  std::vector<std::string_view> pieces;
  std::string problem;
  // In binary mode the body is the data of one event, as it is. Without headers it is told by its
  // first byte, the tag of an event id: as a length it would be of ten bytes, which no event is.
  const bool bare =
      form == BodyForm::kProtobuf && (!cloud_event.empty() || body.starts_with(kEventIdTag));
  if (bare) pieces.push_back(body);
  problem = bare ? "" : WrongForm(body, form);
  const bool fits = problem.empty();
  const bool whole = bare || (fits && SplitBody(body, form, &pieces, &problem));
  if (!cloud_event.empty() && pieces.size() > 1) {
    checked.bad.push_back(BadAt(0, model::RejectReason::kContradiction,
                                "Expected one event under the ce- headers, but there are " +
                                    std::to_string(pieces.size()) +
                                    "; many go as application/cloudevents-batch+json"));
    return checked;
  }
  std::string_view type;
  if (form == BodyForm::kCloudEvent || form == BodyForm::kCloudEventBatch) {
    type = "application/cloudevents+json";
  } else if (form == BodyForm::kProtobuf) {
    type = kProtobufType;
  } else {
    type = "application/json";
  }
  for (size_t i = 0; i < pieces.size(); ++i) {
    auto outcome = CheckEvent(pieces[i], type, cloud_event);
    if (auto* bad = std::get_if<codec::Rejected>(&outcome)) {
      checked.bad.push_back({i, std::move(*bad)});
    } else {
      checked.events.push_back(std::get<CheckedEvent>(std::move(outcome)));
    }
  }
  const bool delimited = whole || form != BodyForm::kProtobuf || !checked.events.empty();
  if (fits && !delimited) return CheckUndelimited(body);
  if (!whole) {
    checked.bad.push_back(BadAt(pieces.size(), model::RejectReason::kUnparsable, problem));
  }
  return checked;
}

CheckedBody UncheckedBody(std::string_view body, BodyForm form) {
  CheckedBody taken;
  std::vector<std::string_view> pieces;
  std::string problem;
  const bool whole = SplitBody(body, form, &pieces, &problem);
  for (const std::string_view piece : pieces) {
    auto outcome = CheckEvent(piece, "");
    CheckedEvent event;
    if (auto* good = std::get_if<CheckedEvent>(&outcome)) event = std::move(*good);
    event.bytes = std::string(piece);
    taken.events.push_back(std::move(event));
  }
  if (!whole) {
    taken.bad.push_back(BadAt(pieces.size(), model::RejectReason::kUnparsable, problem));
  }
  return taken;
}

}  // namespace caseclock::http
