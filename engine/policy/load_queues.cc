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

}  // namespace

void ReadQueuesFile(const YamlNode& root, Reader* reader, Draft* draft) {
  const Fields fields(reader, root, QueuesFile());
  const YamlNode* queues = fields.Need("queues");
  if (queues == nullptr || !reader->WantList(*queues, "the queues")) return;
  for (const YamlNode& item : queues->items) ReadBinding(item, reader, draft);
}

void CheckReferences(const Draft& draft) {
  KnownNames workflows;
  KnownNames calendars;
  for (const model::Workflow& w : draft.set.workflows) workflows.push_back(w.name.view());
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
