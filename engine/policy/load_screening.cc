// What screening decisions are held against.

#include "engine/policy/load_parts.h"

namespace caseclock::policy {
namespace {

model::GuidanceVersion ReadGuidance(const YamlNode& node, const VersionNames& names,
                                    Reader* reader) {
  model::GuidanceVersion guidance;
  if (node.kind == YamlNode::Kind::kScalar) {
    guidance.version = reader->Code(node, "a version of the guidance");
    return guidance;
  }
  const Fields fields(reader, node, GuidanceLayout());
  if (const YamlNode* n = fields.Need("version"))
    guidance.version = reader->Code(*n, "a version of the guidance");
  if (const YamlNode* n = fields.Find("effective_from"))
    guidance.effective_from = reader->Instant(*n, "effective_from").value_or(base::kLongAgo);
  if (const YamlNode* n = fields.Find("in_at_score"))
    guidance.in_at_score = reader->Number(*n, "a score", kScores.least, kScores.most);
  if (const YamlNode* n = fields.Find("score_of")) guidance.score_of = reader->Codes(*n, "a tool");
  if (const YamlNode* n = fields.Find("in_for_repeat_of"))
    guidance.in_for_repeat_of = reader->Bool(*n, "in_for_repeat_of");
  if (const YamlNode* n = fields.Find("in_for")) guidance.in_for = reader->Codes(*n, "a criterion");
  if (const YamlNode* n = fields.Find("judgement"))
    guidance.judgement = reader->Codes(*n, "a criterion");
  if (const YamlNode* n = fields.Find("in_when")) {
    guidance.in_when = reader->Code(*n, "a look-back");
    reader->WantKnown(guidance.in_when.view(), n->line, "a look-back of this version",
                      names.lookbacks);
  }
  return guidance;
}

}  // namespace

model::ScreeningRule ReadScreening(const YamlNode& node, const VersionNames& names,
                                   Reader* reader) {
  const Fields fields(reader, node, ScreeningLayout());
  model::ScreeningRule rule;
  if (const YamlNode* n = fields.Find("sample_percent"))
    rule.sample_percent =
        reader->Number(*n, "a percentage", kShares.least, kShares.most).value_or(0);
  const YamlNode* guidance = fields.Need("guidance");
  if (guidance == nullptr) return rule;
  if (guidance->kind != YamlNode::Kind::kList) {
    rule.guidance.push_back(ReadGuidance(*guidance, names, reader));
    return rule;
  }
  for (const YamlNode& item : guidance->items) {
    rule.guidance.push_back(ReadGuidance(item, names, reader));
    const model::GuidanceVersion& last = rule.guidance.back();
    if (rule.guidance.size() > 1 &&
        last.effective_from < rule.guidance[rule.guidance.size() - 2].effective_from)
      reader->Expected(item.line, "versions of the guidance in the order of effective_from",
                       "this one is before the one above");
  }
  return rule;
}

}  // namespace caseclock::policy
