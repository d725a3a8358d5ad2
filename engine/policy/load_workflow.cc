// A workflow's file → model::Workflow.

#include <algorithm>

#include "engine/model/conditions.h"
#include "engine/policy/load_parts.h"

namespace caseclock::policy {
namespace {

using base::Atom;
using model::WorkflowVersion;

const YamlNode* Value(const YamlNode& map, std::string_view key) {
  if (map.kind != YamlNode::Kind::kMap) return nullptr;
  const auto found = std::find_if(map.entries.begin(), map.entries.end(),
                                  [&](const YamlEntry& e) { return e.key.text == key; });
  return found == map.entries.end() ? nullptr : &found->value;
}

// The names first: rules may refer to what stands further down.
VersionNames NamesOf(const YamlNode& node, const YamlNode* clocks) {
  VersionNames names;
  const YamlNode* stages = Value(node, "stages");
  const YamlNode* risks = Value(node, "risks");
  const YamlNode* classes = Value(node, "classes");
  const YamlNode* lookbacks = Value(node, "lookbacks");
  if (classes != nullptr) {
    for (const YamlEntry& entry : classes->entries) {
      KnownNames& values = names.classes[entry.key.text];
      const YamlNode* listed = Value(entry.value, "values");
      if (listed == nullptr) continue;
      for (const YamlNode& value : listed->items) values.push_back(value.text);
    }
  }
  if (lookbacks != nullptr) {
    for (const YamlEntry& entry : lookbacks->entries) names.lookbacks.push_back(entry.key.text);
  }
  if (Value(node, "screening") != nullptr)
    names.lookbacks.insert(names.lookbacks.end(),
                           {model::kDeviationCondition, model::kSampleCondition});
  if (stages != nullptr) {
    for (const YamlNode& stage : stages->items) {
      const YamlNode* name = Value(stage, "name");
      names.stages.push_back(name == nullptr ? stage.text : name->text);
    }
  }
  if (risks != nullptr) {
    for (const YamlNode& risk : risks->items) names.risks.push_back(risk.text);
  }
  if (clocks != nullptr) {
    for (const YamlEntry& clock : clocks->entries) names.clocks.push_back(clock.key.text);
  }
  return names;
}

void ReadStages(const YamlNode& node, const std::string& path, const VersionNames& names,
                Reader* reader, WorkflowVersion* version, Draft* draft) {
  if (!reader->WantList(node, "the stages")) return;
  for (const YamlNode& item : node.items) {
    model::StageRule stage;
    if (item.kind == YamlNode::Kind::kScalar) {
      stage.name = reader->Code(item, "a stage");
    } else {
      const Fields fields(reader, item, StageLayout());
      if (const YamlNode* name = fields.Need("name")) stage.name = reader->Code(*name, "a stage");
      if (const YamlNode* on = fields.Find("enters_on"))
        stage.enters_on = ReadMatches(*on, "enters_on", names, reader);
    }
    const auto same = [&](const model::StageRule& other) { return other.name == stage.name; };
    if (stage.name.empty()) continue;
    if (std::any_of(version->stages.begin(), version->stages.end(), same)) {
      reader->Expected(item.line, "each stage once", "\"" + stage.name.str() + "\" is there twice");
    }
    draft->places.emplace(path + "/stage/" + stage.name.str(), reader->At(item.line));
    version->stages.push_back(std::move(stage));
  }
  if (node.items.empty()) reader->Expected(node.line, "at least one stage", "there is none");
}

void ReadClasses(const YamlNode& node, const std::string& path, const VersionNames& names,
                 Reader* reader, WorkflowVersion* version, Draft* draft) {
  if (!reader->WantMap(node, "the classes")) return;
  for (const YamlEntry& entry : node.entries) {
    const Fields fields(reader, entry.value, ClassLayout());
    model::ClassRule rule;
    rule.name = reader->Code(entry.key, "a class");
    draft->places.emplace(path + "/class/" + rule.name.str(), reader->At(entry.key.line));
    if (const YamlNode* n = fields.Need("set_by")) {
      rule.set_by = ReadPlainMatches(*n, "set_by", names, reader);
      const auto says_none = [](const model::EventMatch& match) {
        return match.type != model::EventType::kAssessed &&
               match.type != model::EventType::kPerformed;
      };
      if (std::any_of(rule.set_by.begin(), rule.set_by.end(), says_none))
        reader->Expected(n->line,
                         "assessed or performed events, whose grade or result is the value",
                         "there are others");
    }
    if (const YamlNode* n = fields.Need("values")) rule.values = reader->Codes(*n, "a value");
    version->classes.push_back(std::move(rule));
  }
}

void ReadLookbacks(const YamlNode& node, const VersionNames& names, Reader* reader,
                   WorkflowVersion* version) {
  if (!reader->WantMap(node, "the look-backs")) return;
  for (const YamlEntry& entry : node.entries) {
    const Fields fields(reader, entry.value, LookbackLayout());
    model::LookbackRule rule;
    rule.name = reader->Code(entry.key, "a look-back");
    if (rule.name.view() == model::kDeviationCondition ||
        rule.name.view() == model::kSampleCondition)
      reader->Expected(entry.key.line, "a look-back of another name",
                       rule.name.str() + " is a condition of screened events");
    if (const YamlNode* n = fields.Need("of")) rule.of = ReadMatches(*n, "of", names, reader);
    if (const YamlNode* n = fields.Need("within"))
      rule.within = reader->Period(*n, "a period of the calendar").value_or(base::Period{});
    version->lookbacks.push_back(std::move(rule));
  }
}

void ReadQualification(const YamlNode& node, const VersionNames& names, Reader* reader,
                       WorkflowVersion* version) {
  model::QualificationRule rule;
  if (node.kind == YamlNode::Kind::kScalar) {
    rule.any_of = reader->Codes(node, "a qualification");
  } else {
    const Fields fields(reader, node, QualificationLayout());
    if (const YamlNode* n = fields.Need("one_of"))
      rule.any_of = reader->Codes(*n, "a qualification");
    const auto narrow = [&](std::string_view key, std::string_view what, const KnownNames& known,
                            std::vector<Atom>* to) {
      const YamlNode* n = fields.Find(key);
      if (n == nullptr) return;
      *to = reader->Codes(*n, what);
      for (const Atom one : *to) reader->WantKnown(one.view(), n->line, what, known);
    };
    narrow("risks", "a risk of this version", names.risks, &rule.risks);
    narrow("stages", "a stage of this version", names.stages, &rule.stages);
  }
  if (!rule.any_of.empty()) version->qualifications.push_back(std::move(rule));
}

void ReadQualifications(const YamlNode& node, const VersionNames& names, Reader* reader,
                        WorkflowVersion* version) {
  if (node.kind == YamlNode::Kind::kScalar) return ReadQualification(node, names, reader, version);
  if (!reader->WantList(node, "the qualifications")) return;
  for (const YamlNode& item : node.items) ReadQualification(item, names, reader, version);
}

model::CaseloadRule ReadCaseload(const YamlNode& node, Reader* reader) {
  const Fields fields(reader, node, CaseloadLayout());
  model::CaseloadRule rule;
  if (const YamlNode* n = fields.Need("limit"))
    rule.limit =
        reader->Number(*n, "a number of cases", kCaseloads.least, kCaseloads.most).value_or(0);
  if (const YamlNode* n = fields.Need("source"))
    rule.source = reader->Text(*n, "the source of the limit");
  return rule;
}

void ReadOutcomes(const YamlNode& node, Reader* reader, WorkflowVersion* version) {
  if (!reader->WantList(node, "the outcomes")) return;
  KnownNames known;
  for (const Atom code : version->outcome_codes) known.push_back(code.view());
  for (const YamlNode& item : node.items) {
    const Fields fields(reader, item, OutcomeLayout());
    model::OutcomeDefinition definition;
    if (const YamlNode* text = fields.Need("text"))
      definition.text = reader->Text(*text, "the definition's text");
    if (const YamlNode* codes = fields.Need("positive"))
      definition.positive = reader->Codes(*codes, "an outcome code");
    for (const Atom code : definition.positive) {
      if (!known.empty()) reader->WantKnown(code.view(), item.line, "one of outcome_codes", known);
    }
    version->outcomes.push_back(std::move(definition));
  }
}

// `owner` answers for the clocks without one of their own.
void ReadClocks(const YamlNode& node, const VersionNames& names, const model::Workflow& workflow,
                Atom owner, Reader* reader, WorkflowVersion* version, Draft* draft) {
  if (!reader->WantMap(node, "the clocks")) return;
  for (const YamlEntry& entry : node.entries) {
    const Atom name = reader->Code(entry.key, "a clock");
    if (name.empty()) continue;
    const std::string path = ClockPath(workflow, *version, name);
    if (!Note(path, entry.key.line, "clock", reader, draft)) continue;
    for (const YamlEntry& field : entry.value.entries)
      draft->places.emplace(path + "/" + field.key.text, reader->At(field.key.line));
    const size_t problems = draft->problems->size();
    model::ClockRule clock = ReadClock(name, entry.value, names, reader);
    if (const YamlNode* calendar = Value(entry.value, "calendar"))
      draft->references.push_back(
          {Reference::Kind::kCalendar, clock.calendar, reader->At(calendar->line)});
    // A clock with errors is left out, so that the linter judges only what was read whole.
    if (clock.owner.empty()) clock.owner = owner;
    if (draft->problems->size() == problems) version->clocks.push_back(std::move(clock));
  }
}

void ReadEffect(const Fields& fields, int line, const model::Workflow& workflow, Reader* reader,
                WorkflowVersion* version) {
  const YamlNode* from = fields.Find("effective_from");
  if (from != nullptr) {
    const auto instant = reader->Instant(*from, "effective_from");
    if (!instant.has_value()) return;
    version->effective_from = *instant;
    if (!workflow.versions.empty() && *instant <= workflow.versions.back().effective_from)
      reader->Expected(from->line, "versions in the order of effective_from",
                       "this one is not after the one before");
  } else if (!workflow.versions.empty()) {
    reader->Expected(line, "effective_from in every version but the first", "there is none");
  }
}

void ReadVersion(const YamlNode& node, Reader* reader, model::Workflow* workflow, Draft* draft) {
  const Fields fields(reader, node, VersionLayout());
  WorkflowVersion version;
  if (const YamlNode* n = fields.Need("version")) version.version = reader->Code(*n, "a version");
  const std::string path = "workflow/" + workflow->name.str() + "/" + version.version.str();
  Note(path, node.line, "version", reader, draft);
  ReadEffect(fields, node.line, *workflow, reader, &version);
  std::optional<YamlNode> clocks;  // `names` are of it
  if (const YamlNode* n = fields.Find("clocks")) clocks = ClocksOfEach(*n, reader);
  const VersionNames names = NamesOf(node, clocks ? &*clocks : nullptr);
  if (const YamlNode* n = fields.Need("stages"))
    ReadStages(*n, path, names, reader, &version, draft);
  if (const YamlNode* n = fields.Need("risks")) version.risks = reader->Codes(*n, "a risk");
  if (const YamlNode* n = fields.Find("screening")) {
    version.screening = ReadScreening(*n, names, reader);
  }
  if (const YamlNode* n = fields.Find("classes"))
    ReadClasses(*n, path, names, reader, &version, draft);
  if (const YamlNode* n = fields.Find("lookbacks")) ReadLookbacks(*n, names, reader, &version);
  Atom owner;
  if (const YamlNode* n = fields.Find("owner")) owner = reader->Code(*n, "an owner");
  if (clocks) ReadClocks(*clocks, names, *workflow, owner, reader, &version, draft);
  if (const YamlNode* n = fields.Find("outcome_codes"))
    version.outcome_codes = reader->Codes(*n, "an outcome code");
  if (const YamlNode* n = fields.Find("outcomes")) ReadOutcomes(*n, reader, &version);
  if (const YamlNode* n = fields.Find("qualifications"))
    ReadQualifications(*n, names, reader, &version);
  if (const YamlNode* n = fields.Find("caseload")) version.caseload = ReadCaseload(*n, reader);
  workflow->versions.push_back(std::move(version));
}

}  // namespace

void ReadWorkflowFile(const YamlNode& root, Reader* reader, Draft* draft) {
  const Fields fields(reader, root, WorkflowFile());
  model::Workflow workflow;
  if (const YamlNode* name = fields.Need("workflow")) {
    workflow.name = reader->Code(*name, "the workflow's name");
    if (!Note("workflow/" + workflow.name.str(), name->line, "workflow", reader, draft)) return;
  }
  const YamlNode* versions = fields.Need("versions");
  if (versions != nullptr && reader->WantList(*versions, "the versions")) {
    for (const YamlNode& item : versions->items) ReadVersion(item, reader, &workflow, draft);
    if (versions->items.empty())
      reader->Expected(versions->line, "at least one version", "there is none");
  }
  draft->set.workflows.push_back(std::move(workflow));
}

}  // namespace caseclock::policy
