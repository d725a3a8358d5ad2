#include "engine/policy/document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

namespace caseclock::policy {
namespace {

constexpr size_t kMostDepth = 20;

// Thrown through yaml-cpp, caught in ParseYaml.
struct Refused {
  std::string message;
  int line;
};

// Builds the tree from the parser's events: a stack of the open lists and maps.
class TreeBuilder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { Add(Make({}, mark)); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{"Expected values written out, but there is an alias (*name)", mark.line + 1};
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& value) override {
    YamlNode node = Make(YamlNode::Kind::kScalar, mark);
    node.text = value;
    Add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Open(Make(YamlNode::Kind::kList, mark));
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Open(Make(YamlNode::Kind::kMap, mark));
  }
  void OnMapEnd() override { Close(); }

  YamlNode root;

 private:
  struct Level {
    YamlNode node;
    bool key_waits = false;  // the last entry of the map has its key and no value yet
  };

  static YamlNode Make(YamlNode::Kind kind, const YAML::Mark& mark) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    return node;
  }
  void Open(YamlNode node) {
    if (open_.size() >= kMostDepth)
      throw Refused{"Expected at most 20 levels, but there are more", node.line};
    open_.push_back({std::move(node), false});
  }
  void Close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Add(std::move(node));
  }
  void Add(YamlNode node) {
    if (open_.empty()) {
      root = std::move(node);
      return;
    }
    Level& top = open_.back();
    if (top.node.kind == YamlNode::Kind::kList) {
      top.node.items.push_back(std::move(node));
    } else if (top.key_waits) {
      top.node.entries.back().value = std::move(node);
      top.key_waits = false;
    } else {
      if (node.kind != YamlNode::Kind::kScalar)
        throw Refused{"Expected a plain key, but there is a list or a map", node.line};
      top.node.entries.push_back({std::move(node), {}});
      top.key_waits = true;
    }
  }

  std::vector<Level> open_;
};

}  // namespace

YamlDocument ParseYaml(std::string_view text) {
  YamlDocument document;
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    TreeBuilder tree;
    parser.HandleNextDocument(tree);
    document.root = std::move(tree.root);
    TreeBuilder more;
    if (parser.HandleNextDocument(more))
      throw Refused{"Expected one document, but there is a second one", more.root.line};
  } catch (const Refused& refused) {
    document.error = refused.message;
    document.error_line = refused.line;
  } catch (const YAML::Exception& e) {
    document.error = "Expected YAML, but " + e.msg;
    document.error_line = e.mark.line + 1;
  }
  return document;
}

}  // namespace caseclock::policy
