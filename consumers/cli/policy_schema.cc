#include "consumers/cli/policy_schema.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/check.h"
#include "engine/policy/layout.h"

namespace caseclock::cli {
namespace {

using Json = nlohmann::ordered_json;
using policy::Layout;
using policy::Value;

// Scalars are told by their text. Editors resolve plain ones as YAML 1.2 does, so that a code of
// digits is a number to them.
constexpr char kPeriod[] =
    "^(P(?=[0-9T])([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?"
    "(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+(\\.[0-9]+)?S)?)?|[0-9]+[dhms])$";
constexpr char kDuration[] =
    "^(P(?=[0-9T])([0-9]+W)?([0-9]+D)?"
    "(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+(\\.[0-9]+)?S)?)?|[0-9]+[dhms])$";
constexpr char kDate[] = "[0-9]{4}-[0-9]{2}-[0-9]{2}";
constexpr char kHours[] = "[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}";

Json Scalar() {
  return {{"type", {"string", "number", "boolean"}}};
}
Json Pattern(const std::string& pattern) {
  return {{"type", "string"}, {"pattern", pattern}};
}

// "a clock" → "clock"
std::string DefinitionName(const Layout& layout) {
  std::string name(layout.what.substr(layout.what.rfind(' ') + 1));
  return name.empty() ? "file" : name;
}

class SchemaWriter {
 public:
  // A reference to the schema of a map, which is written once.
  Json Reference(const Layout& layout) {
    const std::string name = DefinitionName(layout);
    const auto known = std::find(written_.begin(), written_.end(), &layout);
    if (known == written_.end()) {
      CHECK(!definitions_.contains(name));
      written_.push_back(&layout);
      definitions_[name] = nullptr;  // keeps its place before the parts
      definitions_[name] = Map(layout);
    }
    return {{"$ref", "#/$defs/" + name}};
  }
  [[nodiscard]] const Json& definitions() const { return definitions_; }

 private:
  Json Map(const Layout& layout) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const policy::Key& key : layout.keys) {
      Json schema = Of(key.value);
      schema["description"] = key.says;
      properties[std::string(key.name)] = std::move(schema);
      if (key.needed) required.push_back(key.name);
    }
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"additionalProperties", false}};
  }

  Json Of(const Value& value) {
    const std::string code(policy::kCodePattern);
    switch (value.form) {
      case Value::Form::kText:
        return Scalar();
      case Value::Form::kCode: {
        Json schema = Scalar();
        schema["pattern"] = "^" + code + "$";
        return schema;
      }
      case Value::Form::kEachCode: {
        Json schema = Scalar();
        schema["pattern"] = "^" + std::string(policy::kEachCodePattern) + "$";
        return schema;
      }
      case Value::Form::kFlag:
        return {{"type", "boolean"}};
      case Value::Form::kNumber:
        return {{"type", "integer"}, {"minimum", value.range.least}, {"maximum", value.range.most}};
      case Value::Form::kPeriod:
        return Pattern(kPeriod);
      case Value::Form::kDuration:
        return Pattern(kDuration);
      case Value::Form::kInstant:
        return Pattern(std::string("^") + kDate + "([Tt].+)?$");
      case Value::Form::kDate:
        return Pattern(std::string("^") + kDate + "$");
      case Value::Form::kHours:
        return Pattern(std::string("^") + kHours + "(\\+" + kHours + ")*$");
      case Value::Form::kPercent:
        CHECK(value.range.least <= 1);
        return Pattern((value.range.least == 0 ? "^0*[0-9]{1," : "^0*[1-9][0-9]{0,") +
                       std::to_string(std::to_string(value.range.most).size() -
                                      (value.range.least == 0 ? 0 : 1)) +
                       "}%$");
      case Value::Form::kChoice:
        return {{"enum", value.names}};
      case Value::Form::kQueue:
        return Pattern("^(" + code + "\\*?|\\*)$");
      case Value::Form::kMap:
        return Reference(*value.map);
      case Value::Form::kMapOf:
        return {{"type", "object"},
                {"propertyNames", Of(value.of[0])},
                {"additionalProperties", Of(value.of[1])}};
      case Value::Form::kList:
        return {{"type", "array"}, {"items", Of(value.of[0])}};
      case Value::Form::kEither:
        return Either(value.of);
    }
    return {};
  }

  Json Either(const std::vector<Value>& alternatives) {
    Json any = Json::array();
    for (const Value& one : alternatives) any.push_back(Of(one));
    return {{"anyOf", std::move(any)}};
  }

  std::vector<const Layout*> written_;
  Json definitions_ = Json::object();
};

struct Kind {
  std::string name;
  const Layout& (*layout)();
};

// In the order in which a file is asked what it is.
const std::vector<Kind>& Kinds() {
  static const std::vector<Kind> kKinds = {{"policy", policy::WorkflowFile},
                                           {"queues", policy::QueuesFile},
                                           {"calendar", policy::CalendarFile}};
  return kKinds;
}

}  // namespace

const std::vector<std::string>& PolicyFileKinds() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const Kind& kind : Kinds()) names.push_back(kind.name);
    return names;
  }();
  return kNames;
}

std::string PolicySchema(const std::string& kind) {
  SchemaWriter writer;
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "Caseclock " + (kind.empty() ? "policy files" : kind + " file")}};
  if (!kind.empty()) {
    for (const Kind& one : Kinds()) {
      if (one.name == kind) schema["$ref"] = writer.Reference(one.layout())["$ref"];
    }
    CHECK(schema.contains("$ref"));
  } else {
    Json last;
    for (auto one = Kinds().rbegin(); one != Kinds().rend(); ++one) {
      const Json reference = writer.Reference(one->layout());
      if (last.is_null()) {
        last = reference;
        continue;
      }
      const std::string first(one->layout().keys.front().name);
      last = {{"if", {{"required", Json::array({first})}}},
              {"then", reference},
              {"else", std::move(last)}};
    }
    schema["type"] = "object";
    schema.update(last);
  }
  schema["$defs"] = writer.definitions();
  return schema.dump(2) + "\n";
}

}  // namespace caseclock::cli
