// queues.yaml → model::QueueBinding, and the references between files.

#include "engine/policy/load_parts.h"

namespace caseclock::policy {
namespace {

std::string Pattern(const YamlNode& node, Reader* reader) {
  if (!reader->WantScalar(node, "a queue")) return {};
  std::string_view stem = node.text;
  if (stem.ends_with('*')) stem.remove_suffix(1);
  if ((stem.empty() && !node.text.empty()) || IsCode(stem)) return node.text;
  reader->Expected(node.line, "a queue like wmp/marac, or a prefix that ends in *",
                   "there is " + Quoted(node.text));
  return {};
}

void ReadBinding(const YamlNode& node, Reader* reader, Draft* draft) {
  const Fields fields(reader, node, QueueLayout());
  model::QueueBinding binding;
  const YamlNode* pattern = fields.Need("queue");
  const YamlNode* workflow = fields.Need("workflow");
  const YamlNode* calendar = fields.Need("calendar");
  if (pattern != nullptr) binding.pattern = Pattern(*pattern, reader);
  if (workflow != nullptr) {
    binding.workflow = reader->Code(*workflow, "a workflow");
    draft->references.push_back(
        {Reference::Kind::kWorkflow, binding.workflow, reader->At(workflow->line)});
  }
  if (calendar != nullptr) {
    binding.calendar = reader->Code(*calendar, "a calendar");
    draft->references.push_back(
        {Reference::Kind::kCalendar, binding.calendar, reader->At(calendar->line)});
  }
  if (const YamlNode* team = fields.Find("team")) binding.team = reader->Code(*team, "a team");
  if (binding.pattern.empty()) return;
  const std::string path = "queue/" + binding.pattern;
  if (!Note(path, pattern->line, "queue", reader, draft)) return;
  draft->set.queues.push_back(std::move(binding));
}

void ReadSourceRule(const YamlNode& node, Reader* reader, Draft* draft) {
  constexpr base::Duration kLeast = base::Seconds(60);
  const Fields fields(reader, node, SourceLayout());
  model::SourceRule rule;
  const YamlNode* source = fields.Need("source");
  if (source != nullptr) rule.source = reader->Code(*source, "a source of events");
  if (const YamlNode* silence = fields.Need("silence")) {
    const auto read = reader->Duration(*silence, "how long a source may be silent");
    rule.silence = read.value_or(kLeast);
    if (rule.silence < kLeast)
      reader->Expected(silence->line, "a silence of a minute or more",
                       "it is " + base::FormatDuration(rule.silence));
  }
  if (const YamlNode* calendar = fields.Find("calendar")) {
    rule.calendar = reader->Code(*calendar, "a calendar");
    draft->references.push_back(
        {Reference::Kind::kCalendar, rule.calendar, reader->At(calendar->line)});
  }
  if (const YamlNode* owner = fields.Find("owner")) rule.owner = reader->Code(*owner, "an owner");
  if (rule.source.empty()) return;
  if (!Note("source/" + rule.source.str(), source->line, "source", reader, draft)) return;
  draft->set.sources.push_back(rule);
}

}  // namespace

void ReadQueuesFile(const YamlNode& root, Reader* reader, Draft* draft) {
  const Fields fields(reader, root, QueuesFile());
  const YamlNode* queues = fields.Need("queues");
  if (queues == nullptr || !reader->WantList(*queues, "the queues")) return;
  for (const YamlNode& item : queues->items) ReadBinding(item, reader, draft);
  const YamlNode* sources = fields.Find("sources");
  if (sources == nullptr || !reader->WantList(*sources, "the sources")) return;
  for (const YamlNode& item : sources->items) ReadSourceRule(item, reader, draft);
}

void CheckReferences(const Draft& draft) {
  KnownNames workflows;
  KnownNames calendars;
  // One that lacks its name, which is told already, is none that could be named.
  for (const model::Workflow& w : draft.set.workflows) {
    if (!w.name.empty()) workflows.push_back(w.name.view());
  }
  for (const model::Calendar& c : draft.set.calendars) calendars.push_back(c.id.view());
  for (const Reference& reference : draft.references) {
    if (reference.name.empty()) continue;  // reported when it was read
    Reader reader(reference.place.file, draft.problems);
    if (reference.kind == Reference::Kind::kWorkflow) {
      reader.WantKnown(reference.name.view(), reference.place.line, "a workflow of this set",
                       workflows);
    } else {
      reader.WantKnown(reference.name.view(), reference.place.line, "a calendar of this set",
                       calendars);
    }
  }
}

bool Note(const std::string& path, int line, std::string_view what, Reader* reader, Draft* draft) {
  const auto [place, is_new] = draft->places.emplace(path, reader->At(line));
  if (is_new) return true;
  reader->Expected(line, "each " + std::string(what) + " once",
                   "this one stands in " + place->second.file + ":" +
                       std::to_string(place->second.line) + " already");
  return false;
}

std::string ClockPath(const model::Workflow& workflow, const model::WorkflowVersion& version,
                      base::Atom clock) {
  return "workflow/" + workflow.name.str() + "/" + version.version.str() + "/clock/" + clock.str();
}

}  // namespace caseclock::policy
