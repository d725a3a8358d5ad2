// The command line: help, defaults, environment, and an exit code for everything that can go wrong.

#include "consumers/cli/arguments.h"

#include <gmock/gmock.h>

#include "consumers/cli/exit_code.h"
#include "consumers/cli/http_client.h"
#include "consumers/cli/terminal.h"
#include "consumers/http/version.h"
#include "tests/unit/cli/program.h"

namespace caseclock::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Arguments, HelpAndVersionAreNoErrors) {
  EXPECT_EQ(RunProgram({"--help"}).code, kExitDone);
  const Ran version = RunProgram({"--version"});
  EXPECT_EQ(version.code, kExitDone);
  EXPECT_EQ(version.out, std::string("caseclock ") + kVersion + " (commit " + kCommit + ")\n");
  for (const char* command : {"run", "send", "simulate", "backlog", "cases", "explain"}) {
    const Ran help = RunProgram({command, "--help"});
    EXPECT_EQ(help.code, kExitDone) << command;
    EXPECT_THAT(help.out, HasSubstr("CASECLOCK_DATA")) << command;
  }
}

TEST(Arguments, HelpFitsHundredColumns) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{},
                                                  {"run"},
                                                  {"engine"},
                                                  {"send"},
                                                  {"simulate"},
                                                  {"backlog"},
                                                  {"alerts", "ack"},
                                                  {"policy", "check"},
                                                  {"migrate"},
                                                  {"topics"}}) {
    std::vector<std::string> arguments = command;
    arguments.emplace_back("--help");
    std::istringstream help(RunProgram(arguments).out);
    for (std::string line; std::getline(help, line);) {
      EXPECT_LE(DisplayWidth(line), 100U) << line;
    }
  }
}

TEST(Arguments, VersionIsThatOfTheBuild) {
  EXPECT_THAT(ReadFile(CASECLOCK_SOURCE_DIR "/CMakeLists.txt"),
              HasSubstr(std::string("VERSION ") + kVersion));
  EXPECT_THAT(ReadFile(CASECLOCK_SOURCE_DIR "/consumers/http/page/openapi.json"),
              HasSubstr(std::string("\"version\": \"") + kVersion + "\""));
}

TEST(Arguments, ExitCodes) {
  const TemporaryDirectory directory;
  const struct {
    std::vector<std::string> arguments;
    int code;
  } cases[] = {
      {{}, kExitUsage},
      {{"fly"}, kExitUsage},
      {{"run", "--clock", "sundial"}, kExitUsage},
      {{"send"}, kExitUsage},
      {{"backlog", "--at", "yesterday"}, kExitUsage},
      {{"backlog", "--data", directory.Path("x"), "--known", "now"}, kExitUsage},
      {{"simulate", "--cases", "0", "--out", "-"}, kExitUsage},
      {{"simulate", "--pace", "fast", "--out", "-"}, kExitUsage},
      {{"simulate", "--cases", "1", "--end", "2200-01-01T00:00:00Z", "--out", "-"}, kExitUsage},
      {{"simulate", "--cases", "1", "--days", "36500", "--out", "-"}, kExitUsage},
      {{"run"}, kExitUsage},
      {{"backlog"}, kExitUsage},
      {{"send", directory.Path("none.jsonl"), "--data", directory.Path("d")}, kExitNoInput},
      {{"backlog", "--data", directory.Path("none")}, kExitNoInput},
      {{"policy", "check", directory.Path("none")}, kExitNoInput},
      {{"calendar", "check", directory.Path("none.csv")}, kExitNoInput},
      {{"backlog", "--from", "http://127.0.0.1:1"}, kExitUnavailable},
      {{"backlog", "--from", "ftp://127.0.0.1:1"}, kExitUsage},
      {{"send", "-", "--to", "https://127.0.0.1:1"}, kExitUsage},
      {{"send", directory.Write("e.jsonl", ""), "--brokers", "127.0.0.1:1", "--connect-timeout",
        "1s"},
       kExitUnavailable},
      {{"--config", directory.Path("none.toml"), "cases"}, kExitNoInput},
  };
  for (const auto& c : cases) {
    const Ran ran = RunProgram(c.arguments);
    EXPECT_EQ(ran.code, c.code) << ::testing::PrintToString(c.arguments) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("caseclock: ")) << ::testing::PrintToString(c.arguments);
  }
}

TEST(Arguments, TheEnvironmentStandsInForAnOption) {
  setenv("CASECLOCK_DATA", "/nowhere/at/all", 1);
  const Ran ran = RunProgram({"backlog"});
  unsetenv("CASECLOCK_DATA");
  EXPECT_EQ(ran.code, kExitNoInput);
  EXPECT_THAT(ran.err, HasSubstr("/nowhere/at/all"));
}

// Where the log is can be said in several ways, and an exported variable is no reason to refuse
// what the command line says.
TEST(Arguments, TheCommandLineGoesBeforeAnotherOptionOfTheEnvironment) {
  setenv("CASECLOCK_BROKERS", "127.0.0.1:1", 1);
  const std::string missing = "/nowhere/at/all";
  const std::vector<std::vector<std::string>> commands = {
      {"backlog", "--data", missing},
      {"backlog", "--data=" + missing},
      {"explain", "C-1", "--data", missing},
      {"rejects", "list", "--raw", "--data", missing},
      {"state", "verify", "--data", missing},
      {"state", "repair", "--data", missing},
      {"policy", "show", "--policy", missing},
      {"migrate", "--data", missing, "--to-data", "/nowhere/else"},
  };
  for (const auto& command : commands) {
    const Ran ran = RunProgram(command);
    EXPECT_EQ(ran.code, kExitNoInput) << ::testing::PrintToString(command) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(missing)) << ::testing::PrintToString(command);
  }
  const Ran sent = RunProgram({"send", "/dev/null", "--to", "http://127.0.0.1:2"});
  EXPECT_THAT(sent.err, HasSubstr("127.0.0.1:2")) << sent.err;
  // Two that are equally near still contradict.
  setenv("CASECLOCK_DATA", missing.c_str(), 1);
  const Ran contradicted = RunProgram({"backlog"});
  EXPECT_EQ(contradicted.code, kExitConfig);
  EXPECT_THAT(contradicted.err, HasSubstr("but got --data and --brokers"));
  unsetenv("CASECLOCK_DATA");
  unsetenv("CASECLOCK_BROKERS");
}

// Who calls it so is told how to call it; settings that were made elsewhere are another matter.
TEST(Arguments, AMissingOrDoubledTargetIsAMistakeOfTheCommandLine) {
  const std::string id(32, '0');
  const std::vector<std::vector<std::string>> missing = {
      {"run"},
      {"engine", "--instance", "a", "--state", "/nowhere"},
      {"backlog"},
      {"cases"},
      {"explain", "C-1"},
      {"sources"},
      {"rejects", "list"},
      {"alerts", "list"},
      {"alerts", "ack", id, "--by", "U-7"},
      {"send", "/nowhere/a.csv"},
      {"simulate", "--cases", "10"},
      {"topics", "check"},
      {"topics", "create"},
      {"state", "get", "C-1"},
      {"state", "verify"},
      {"state", "repair"},
      {"policy", "activate", "/nowhere"},
      {"migrate", "--to-data", "/nowhere"},
      {"migrate", "--data", "/nowhere"},
  };
  for (const auto& command : missing) {
    const Ran ran = RunProgram(command);
    EXPECT_EQ(ran.code, kExitUsage) << ::testing::PrintToString(command) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("but got none")) << ::testing::PrintToString(command);
  }
  const std::vector<std::vector<std::string>> doubled = {
      {"backlog", "--data", "/nowhere", "--from", "a:1"},
      {"send", "--data", "a", "--brokers", "b:1", "/nowhere/x"},
      {"simulate", "--out", "/nowhere/a", "--data", "/nowhere/b"},
      {"state", "verify", "--data", "a", "--brokers", "b:1"},
      {"state", "repair", "--data", "a", "--brokers", "b:1"},
      {"policy", "show", "--policy", "a", "--from", "b:1"},
      {"policy", "activate", "/nowhere", "--data", "a", "--to", "b:1"},
      {"migrate", "--data", "a", "--to-data", "/nowhere", "--brokers", "b:1"},
  };
  for (const auto& command : doubled) {
    const Ran ran = RunProgram(command);
    EXPECT_EQ(ran.code, kExitUsage) << ::testing::PrintToString(command) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("Expected one of --")) << ::testing::PrintToString(command);
  }
}

TEST(Arguments, AnEmptyNameIsAMistakeOfTheCommandLine) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"explain", ""}, {"state", "get", ""}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--data", "/nowhere"});
    const Ran ran = RunProgram(arguments);
    EXPECT_EQ(ran.code, kExitUsage) << ::testing::PrintToString(command);
    EXPECT_THAT(ran.err, HasSubstr("Expected a value (Case id), but it is empty")) << ran.err;
  }
}

// By a run on Kafka: tests/kafka/migrate_test.py.
TEST(Arguments, HelpOfMigrateSaysWhatABacklogAnswersBeforeAnyEngine) {
  const std::string help = RunProgram({"migrate", "--help"}).out;
  EXPECT_THAT(help, Not(HasSubstr("69")));
  EXPECT_THAT(help, HasSubstr("`backlog --brokers`\nprints an empty list and says so"));
}

TEST(Arguments, ADoubledTargetOfAFileIsAMistakeOfTheFile) {
  const TemporaryDirectory directory;
  const std::string file =
      directory.Write("c.toml", "[backlog]\ndata = \"/nowhere\"\nfrom = \"a:1\"\n");
  const Ran ran = RunProgram({"--config", file, "backlog"});
  EXPECT_EQ(ran.code, kExitConfig);
  EXPECT_THAT(ran.err, HasSubstr("Expected one of --data, --from and --brokers, but got --data and "
                                 "--from"));
}

// The brokers of [kafka] are what all commands fall back on.
TEST(Arguments, TheBrokersOfKafkaAreATargetUntilAnotherIsNamed) {
  const TemporaryDirectory directory;
  const std::string file = directory.Write(
      "c.toml", "[cases]\ndata = \"/nowhere/by/file\"\n[kafka]\nbrokers = \"127.0.0.1:1\"\n");
  const auto ran = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--config", file});
    return RunProgram(arguments);
  };
  EXPECT_EQ(ran({"backlog", "--connect-timeout", "1s"}).code, kExitUnavailable);
  EXPECT_EQ(ran({"backlog", "--data", "/nowhere/at/all"}).code, kExitNoInput);
  EXPECT_THAT(ran({"cases"}).err, HasSubstr("/nowhere/by/file"));
}

TEST(Arguments, AFileStandsInForOptions) {
  const TemporaryDirectory directory;
  const std::string file = directory.Write("c.toml", "[backlog]\ndata = \"/nowhere/by/file\"\n");
  const Ran ran = RunProgram({"--config", file, "backlog"});
  EXPECT_EQ(ran.code, kExitNoInput);
  EXPECT_THAT(ran.err, HasSubstr("/nowhere/by/file"));
}

TEST(Arguments, ReadsUrls) {
  for (const char* text :
       {"http://desk-1.example:8080/caseclock/", "HTTP://desk-1.example:8080/caseclock",
        "desk-1.example:8080/caseclock"}) {
    const auto url = ParseUrl(text);
    ASSERT_TRUE(url.ok()) << text;
    EXPECT_EQ(url.value().host, "desk-1.example");
    EXPECT_EQ(url.value().port, "8080");
    EXPECT_EQ(url.value().path, "/caseclock");
  }
  EXPECT_EQ(ParseUrl("http://[::1]").value().host, "[::1]");
  EXPECT_EQ(ParseUrl("http://[::1]").value().port, "80");
  for (const char* wrong :
       {"", "http://", "http:///x", "ftp://h", "http://h:", "http://h:0", "http://h:99999",
        "http://h:8o", "http://who:secret@h", "http://h?a=b", "http://h h", "http://[::1"}) {
    EXPECT_FALSE(ParseUrl(wrong).ok()) << wrong;
  }
}

TEST(Arguments, ReadsBytes) {
  EXPECT_EQ(ParseBytes("512"), 512U);
  EXPECT_EQ(ParseBytes("2K"), 2048U);
  EXPECT_EQ(ParseBytes("3MiB"), 3U << 20);
  EXPECT_EQ(ParseBytes("1gb"), 1U << 30);
  EXPECT_FALSE(ParseBytes("").has_value());
  EXPECT_FALSE(ParseBytes("M").has_value());
  EXPECT_FALSE(ParseBytes("12T").has_value());
  EXPECT_FALSE(ParseBytes("-1").has_value());
}

TEST(Arguments, NamesEnvironmentVariables) {
  EXPECT_EQ(EnvironmentName("--log-level"), "CASECLOCK_LOG_LEVEL");
  EXPECT_EQ(EnvironmentName("-q,--queue"), "CASECLOCK_QUEUE");
  EXPECT_EQ(EnvironmentName("FILE"), "");
}

TEST(Terminal, WritesNumbersAndSpans) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1'234'567), "1,234,567");
  EXPECT_EQ(Grouped(-1'000), "-1,000");
  EXPECT_EQ(ForPeople(59), "00:00:59");
  EXPECT_EQ(ForPeople(90'061), "1 d 01:01");
  EXPECT_EQ(ForPeople(-3'600), "-01:00:00");
  EXPECT_EQ(DisplayWidth("Größe"), 5U);
  EXPECT_EQ(ClockNote(base::Instant::FromSeconds(1'780'272'000)), "clock 2026-06-01T00:00:00Z");
  // Partitions that nobody has begun with have no time yet; 1970 is none.
  EXPECT_EQ(ClockNote(base::Instant{}), "");
}

}  // namespace
}  // namespace caseclock::cli
