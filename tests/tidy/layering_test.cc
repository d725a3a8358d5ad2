// The arrows between layers. The rule itself is tried on small samples first: a rule that cannot
// fail holds nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/tidy/rules/layers.h"
#include "tests/tidy/rules/repository.h"

namespace caseclock::tidy {
namespace {

constexpr char kTable[] =
    "| folder | what | may include | third party |\n"
    "|---|---|---|---|\n"
    "| engine/base | x | – | – |\n"
    "| engine/core | x | base | – |\n"
    "| engine/codec | x | base, core/step.h, proto | protobuf |\n"
    "| consumers/cli | x | base, core | CLI11 |\n";

std::string Check(const std::string& path, const std::string& text) {
  return Report(CheckLayering(ParseLayers(kTable), {.path = path, .text = text}));
}

TEST(Layering, TableIsRead) {
  const std::vector<Layer> layers = ParseLayers(kTable);
  ASSERT_EQ(layers.size(), 4U);
  EXPECT_EQ(layers[2].folder, "engine/codec");
  EXPECT_EQ(layers[2].may,
            (std::vector<std::string>{"engine/base", "engine/core/step.h", "proto"}));
  EXPECT_EQ(layers[2].third, std::vector<std::string>{"protobuf"});
  EXPECT_TRUE(layers[0].may.empty());
}

TEST(Layering, AllowedArrowsPass) {
  EXPECT_EQ(Check("engine/core/a.h", "#include <vector>\n#include \"engine/base/hash.h\"\n"), "");
  EXPECT_EQ(Check("engine/core/a.cc", "#include \"engine/core/a.h\"\n"), "");
  EXPECT_EQ(Check("engine/codec/a.cc", "#include \"engine/core/step.h\"\n"), "");
  EXPECT_EQ(Check("engine/codec/a.cc", "#include \"caseclock/v1/event.pb.h\"\n"), "");
  EXPECT_EQ(Check("engine/codec/a.cc", "#include <google/protobuf/arena.h>\n"), "");
  EXPECT_EQ(Check("tests/unit/core/a_test.cc", "#include \"engine/runtime/engine.h\"\n"), "");
}

TEST(Layering, ForbiddenArrowNamesFileLineAndArrow) {
  EXPECT_EQ(Check("engine/base/a.cc", "#include <string>\n#include \"engine/core/step.h\"\n"),
            "engine/base/a.cc:2: Expected an include that engine/base may make, but found "
            "engine/base -> engine/core/step.h, which is not in the table of engine/README.md\n");
}

TEST(Layering, OneHeaderDoesNotOpenItsLayer) {
  EXPECT_NE(Check("engine/codec/a.cc", "#include \"engine/core/fold.h\"\n"), "");
}

TEST(Layering, FolderIsNotAPrefixOfAName) {
  EXPECT_NE(Check("engine/core/a.cc", "#include \"engine/base_more/a.h\"\n"), "");
}

TEST(Layering, GeneratedCodeBelongsToProto) {
  EXPECT_NE(Check("engine/core/a.cc", "#include \"caseclock/v1/event.pb.h\"\n"), "");
}

TEST(Layering, PathNotFromTheRootFails) {
  EXPECT_NE(Check("engine/core/a.cc", "#include \"fold.h\"\n"), "");
}

TEST(Layering, ThirdPartyOnlyWhereTheTableSays) {
  EXPECT_NE(Check("engine/core/a.cc", "#include <rocksdb/db.h>\n"), "");
  EXPECT_NE(Check("engine/codec/a.cc", "#include <yaml-cpp/yaml.h>\n"), "");
  EXPECT_NE(Check("engine/codec/a.cc", "#include <never_seen/a.h>\n"), "");
  EXPECT_EQ(Check("engine/codec/a.cc", "#include <sys/stat.h>\n"), "");
}

// One header with a third-party include, and who else includes it.
std::string CheckPrivate(const std::string& includer, const std::string& inside) {
  const TextFile header{.path = "engine/codec/a.h", .text = inside};
  const TextFile user{.path = includer, .text = "#include \"engine/codec/a.h\"\n"};
  return Report(CheckPrivateHeaders(ParseLayers(kTable), {header, user}));
}

TEST(Layering, ThirdPartyStopsAtSourceFiles) {
  for (const char* inside :
       {"#include <google/protobuf/arena.h>\n", "#include \"caseclock/v1/event.pb.h\"\n"}) {
    EXPECT_EQ(CheckPrivate("engine/codec/b.cc", inside), "");
    EXPECT_NE(CheckPrivate("consumers/cli/b.h", inside), "");
    // A header of the folder may, and is as private then.
    EXPECT_EQ(CheckPrivate("engine/codec/b.h", inside), "");
    const std::vector<TextFile> chain = {
        {.path = "engine/codec/a.h", .text = inside},
        {.path = "engine/codec/b.h", .text = "#include \"engine/codec/a.h\"\n"},
        {.path = "consumers/cli/c.cc", .text = "#include \"engine/codec/b.h\"\n"}};
    EXPECT_EQ(CheckPrivateHeaders(ParseLayers(kTable), chain).size(), 1U);
    EXPECT_EQ(CheckPrivate("consumers/cli/b.cc", inside),
              "consumers/cli/b.cc:1: Expected third-party types to stop at .cc files, but "
              "engine/codec/a.h holds some and is included here\n");
  }
  EXPECT_EQ(CheckPrivate("consumers/cli/b.cc", "#include <string>\n"), "");
}

class Repository : public ::testing::Test {
 protected:
  static const std::vector<TextFile>& Files() {
    static const std::vector<TextFile> files = ReadRepository(CASECLOCK_SOURCE_DIR);
    return files;
  }
  static std::vector<Layer> Table() {
    const auto readme = std::find_if(Files().begin(), Files().end(), [](const TextFile& file) {
      return file.path == "engine/README.md";
    });
    return readme == Files().end() ? std::vector<Layer>() : ParseLayers(readme->text);
  }
};

TEST_F(Repository, KeepsItsLayers) {
  std::vector<Finding> findings;
  for (const TextFile& file : Files()) {
    for (Finding& finding : CheckLayering(Table(), file)) findings.push_back(std::move(finding));
  }
  EXPECT_TRUE(findings.empty()) << Report(findings);
}

TEST_F(Repository, KeepsThirdPartyTypesInSourceFiles) {
  const std::vector<Finding> findings = CheckPrivateHeaders(Table(), Files());
  EXPECT_TRUE(findings.empty()) << Report(findings);
}

// A folder that the table does not name would be free of it.
TEST_F(Repository, TableNamesEveryFolderWithCode) {
  std::set<std::string> named;
  for (const Layer& layer : Table()) named.insert(layer.folder);
  for (const TextFile& file : Files()) {
    if (!file.IsCode() ||
        !(file.path.starts_with("engine/") || file.path.starts_with("consumers/")))
      continue;
    const size_t slash = file.path.find('/', file.path.find('/') + 1);
    if (slash == std::string::npos) continue;  // the main file
    EXPECT_TRUE(named.contains(file.path.substr(0, slash))) << file.path;
  }
}

}  // namespace
}  // namespace caseclock::tidy
