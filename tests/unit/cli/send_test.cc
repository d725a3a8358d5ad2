// `send` and `simulate` into a real log: what is sent, what is reported, which exit code.

#include <gmock/gmock.h>
#include <zlib.h>

#include <regex>

#include "consumers/cli/data_dir.h"
#include "consumers/cli/exit_code.h"
#include "consumers/http/event_body.h"
#include "engine/codec/event_codec.h"
#include "tests/unit/cli/program.h"

namespace caseclock::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kGood[] =
    R"({"event_id":"1","source":"rms","case_id":"C-1","occurred_at":"2026-03-02T10:15:00Z",)"
    R"("referred":{"queue":"wmp/marac","risk":"high"}})"
    "\n";
constexpr char kHeader[] = "event_id,source,case_id,occurred_at,event,queue,risk\n";

// Records of the events topic, over all partitions.
int64_t Sent(const std::string& data) {
  auto log = OpenDataLog({data}, false, log::Durability::kProcess);
  if (!log.ok()) return -1;
  const auto config = log.value()->Describe("caseclock.events");
  int64_t sum = 0;
  for (int32_t p = 0; p < config.value().partitions; ++p) {
    sum += log.value()->Bounds({"caseclock.events", p}).value().end;
  }
  return sum;
}

class SendTest : public ::testing::Test {
 protected:
  Ran Send(const std::string& file, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"send", file, "--data", directory_.Path("data")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunProgram(arguments);
  }
  TemporaryDirectory directory_;
};

TEST_F(SendTest, SendsJsonLinesCsvAndProtobuf) {
  EXPECT_EQ(Send(directory_.Write("a.jsonl", kGood)).code, kExitDone);
  EXPECT_EQ(Send(directory_.Write("a.csv",
                                  std::string(kHeader) +
                                      "2,rms,\"C-2\",2026-03-02T10:15:00Z,referred,wmp/rso,\r\n"))
                .code,
            kExitDone);
  const auto event = http::CheckEvent(kGood, "application/json");
  const std::string bytes = std::get<http::CheckedEvent>(event).bytes;
  std::string delimited;
  http::AppendVarint(bytes.size(), &delimited);
  delimited += bytes;
  // By content, since the name says nothing.
  EXPECT_EQ(Send(directory_.Write("events", delimited + delimited)).code, kExitDone);
  EXPECT_EQ(Sent(directory_.Path("data")), 4);
}

TEST_F(SendTest, SendsJsonThatDoesNotKeepToLines) {
  const std::string one = std::string(kGood, sizeof(kGood) - 2);
  const std::string pretty = "{\n  " + one.substr(1, one.size() - 2) + "\n}\n";
  const std::string many[] = {"[" + one + "," + one + "]", " [\n" + one + ",\n" + pretty + "]\n",
                              pretty + pretty, "\xEF\xBB\xBF[" + one + ", " + one + "]\n"};
  for (const std::string& text : many) {
    for (const char* name : {"events", "events.json"}) {
      const Ran ran = Send(directory_.Write(name, text));
      EXPECT_EQ(ran.code, kExitDone) << text << ran.err;
      EXPECT_THAT(ran.err, HasSubstr("2 events sent")) << text;
    }
  }
  EXPECT_THAT(Send(directory_.Write("none", " [ ] \n")).err, HasSubstr("0 events sent"));
  // An object of more than one piece of the file.
  std::string long_array = "[" + one;
  while (long_array.size() < (1 << 20)) long_array += ",\n" + pretty;
  EXPECT_EQ(Send(directory_.Write("long", long_array + "]")).code, kExitDone);
}

TEST_F(SendTest, NamesWhatIsWrongInAnArray) {
  const std::string one = std::string(kGood, sizeof(kGood) - 2);
  const struct {
    std::string text;
    const char* line;
    const char* says;
  } cases[] = {
      {"[" + one + ",\n{\"x\":1},\n" + one + "]", ":2: ", "`x`"},
      {"[" + one + "\n" + one + "]", ":2: ", "Expected , or ] behind an event"},
      {"[" + one + ",\n5]", ":2: ", "found something else"},
      {"[" + one + ",\n", ":2: ", "Expected ] at the end"},
      {"[" + one + "]\n" + one, ":2: ", "Expected nothing behind"},
      {"[\n" + one.substr(0, one.size() - 1), ":2: ", "begins on line 2, but the file ends"},
  };
  for (const auto& c : cases) {
    const std::string file = directory_.Write("a", c.text);
    const Ran ran = Send(file);
    EXPECT_EQ(ran.code, kExitBadData) << c.text;
    EXPECT_THAT(ran.err, HasSubstr(file + c.line)) << c.text;
    EXPECT_THAT(ran.err, HasSubstr(c.says)) << c.text;
    EXPECT_THAT(ran.err, HasSubstr(" 1 bad")) << c.text;
  }
}

TEST_F(SendTest, SaysWhatIsExpectedInPlaceOfOtherText) {
  for (const char* text : {"hello world\nand more\n", "\"text\"\n", "a,b\n1,2\n"}) {
    const Ran ran = Send(directory_.Write("t", text));
    EXPECT_EQ(ran.code, kExitBadData);
    EXPECT_THAT(ran.err, HasSubstr("Expected events as JSON, as CSV below a header row")) << text;
  }
}

TEST_F(SendTest, AnEmptyFileIsNoEventsAndNoError) {
  const Ran ran = Send(directory_.Write("empty.jsonl", ""));
  EXPECT_EQ(ran.code, kExitDone);
  EXPECT_THAT(ran.err, HasSubstr("0 events sent"));
  EXPECT_EQ(Send(directory_.Write("empty.csv", "")).code, kExitDone);
}

std::string Gzip(const std::string& text) {
  z_stream zip{};
  EXPECT_EQ(deflateInit2(&zip, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&zip, text.size()), '\0');
  zip.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  zip.avail_in = static_cast<uInt>(text.size());
  zip.next_out = reinterpret_cast<Bytef*>(out.data());
  zip.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&zip, Z_FINISH), Z_STREAM_END);
  out.resize(zip.total_out);
  deflateEnd(&zip);
  return out;
}

TEST_F(SendTest, TakesGzipWhateverItsName) {
  const std::string other = std::regex_replace(kGood, std::regex("\"1\""), "\"2\"");
  // Put together as by cat, and padded as on a tape.
  const std::string both = Gzip(kGood) + Gzip("") + Gzip(other) + std::string(1024, '\0');
  const Ran ran = Send(directory_.Write("events", both));
  EXPECT_EQ(ran.code, kExitDone) << ran.err;
  EXPECT_EQ(Sent(directory_.Path("data")), 2);
}

// Else what was put behind it would be passed over.
TEST_F(SendTest, GzipGoesToTheEndOfTheFile) {
  std::string damaged = Gzip(kGood);
  damaged[damaged.size() - 8] ^= 1;  // of the checksum
  const std::pair<std::string, const char*> cases[] = {
      {Gzip(kGood) + kGood, "but: something else follows the compressed data"},
      {Gzip(kGood) + "\x1f", "but: something else follows the compressed data"},
      {Gzip(kGood).substr(0, 40), "but: the compressed data ends too early"},
      {damaged, "but: the compressed data is damaged"}};
  for (const auto& [bytes, why] : cases) {
    const Ran ran = Send(directory_.Write("events.gz", bytes));
    EXPECT_EQ(ran.code, kExitIo);
    EXPECT_THAT(ran.err, HasSubstr(why));
  }
}

TEST_F(SendTest, NamesBadLinesAndSendsTheirNeighbours) {
  const std::string huge(3 << 20, 'x');
  const std::string file = directory_.Write(
      "bad.jsonl", std::string(kGood) + "{\n" + "{\"event_id\":\"\xff\"}\n" + huge + "\n" + kGood);
  const Ran ran = Send(file);
  EXPECT_EQ(ran.code, kExitBadData);
  EXPECT_THAT(ran.err, HasSubstr(file + ":2: "));
  EXPECT_THAT(ran.err, HasSubstr(file + ":3: Expected UTF-8"));
  EXPECT_THAT(ran.err, HasSubstr(file + ":4: Expected an event of at most 1 MiB"));
  EXPECT_THAT(ran.err, HasSubstr("2 events sent"));
  EXPECT_THAT(ran.err, HasSubstr("3 bad"));
  EXPECT_EQ(Sent(directory_.Path("data")), 2);
}

TEST_F(SendTest, NamesRaggedCsvLines) {
  const std::string file = directory_.Write(
      "r.csv", std::string(kHeader) + "1,rms,C-1,2026-03-02T10:15:00Z,referred,wmp/rso\n" +
                   "2,rms,C-2,2026-03-02T10:15:00Z,referred,wmp/rso,low\n");
  const Ran ran = Send(file);
  EXPECT_EQ(ran.code, kExitBadData);
  EXPECT_THAT(ran.err, HasSubstr(file + ":2: Expected 7 fields"));
  EXPECT_EQ(Sent(directory_.Path("data")), 1);
}

TEST_F(SendTest, StrictSendsNothingIfOneLineIsBad) {
  const std::string file = directory_.Write("s.jsonl", std::string(kGood) + "{\n");
  EXPECT_EQ(Send(file, {"--strict"}).code, kExitBadData);
  EXPECT_EQ(Sent(directory_.Path("data")), -1);
  EXPECT_EQ(Send(directory_.Write("g.jsonl", kGood), {"--strict"}).code, kExitDone);
  EXPECT_EQ(Sent(directory_.Path("data")), 1);
}

TEST_F(SendTest, UncheckedLeavesTheJudgementToTheEngine) {
  const std::string file = directory_.Write("u.jsonl", std::string(kGood) + "{broken\n");
  EXPECT_EQ(Send(file, {"--unchecked"}).code, kExitDone);
  EXPECT_EQ(Sent(directory_.Path("data")), 2);
  // What looks like nothing else is lines, not CSV without a header.
  EXPECT_EQ(Send(directory_.Write("u", "no event\nnor this\n"), {"--unchecked"}).code, kExitDone);
  EXPECT_EQ(Sent(directory_.Path("data")), 4);
}

TEST_F(SendTest, TakesCsvWithoutAColumnEvent) {
  const Ran ran = Send(directory_.Write("a.csv",
                                        "event_id,source,case_id,occurred_at,referred.queue,"
                                        "closed.reason\n"
                                        "1,rms,C-1,2026-03-02T10:15:00Z,wmp/marac,\n"
                                        "2,rms,C-1,2026-03-03T10:15:00Z,,done\n"
                                        "3,rms,C-1,2026-03-04T10:15:00Z,wmp/marac,done\n"));
  EXPECT_EQ(ran.code, kExitBadData);
  EXPECT_THAT(ran.err, HasSubstr("a.csv:4: Expected the kind of event in the column event"));
  EXPECT_EQ(Sent(directory_.Path("data")), 2);
}

TEST_F(SendTest, AFileInTheWayOfTheDirectoryIsAnIoError) {
  directory_.Write("data", "a file");
  EXPECT_EQ(Send(directory_.Write("a.jsonl", kGood)).code, kExitIo);
}

TEST_F(SendTest, SimulatesIntoTheLogAndIntoAFile) {
  const std::string out = directory_.Path("sim.jsonl");
  EXPECT_EQ(RunProgram({"simulate", "--seed", "5", "--cases", "50", "--days", "30", "--end",
                        "2026-03-02T10:15:00Z", "--out", out})
                .code,
            kExitDone);
  EXPECT_EQ(RunProgram({"simulate", "--seed", "5", "--cases", "50", "--days", "30", "--end",
                        "2026-03-02T10:15:00Z", "--data", directory_.Path("direct")})
                .code,
            kExitDone);
  EXPECT_EQ(Send(out, {"--timestamps", "occurred"}).code, kExitDone);
  EXPECT_GT(Sent(directory_.Path("direct")), 100);
  EXPECT_EQ(Sent(directory_.Path("data")), Sent(directory_.Path("direct")));
}

// A file is for keeping and comparing: the day on which it was made must not show in it.
TEST_F(SendTest, AFileOfTheSameSeedIsTheSameOnAnyDay) {
  const auto simulated = [&](const std::vector<std::string>& more) {
    const std::string out = directory_.Path("same.jsonl");
    std::vector<std::string> arguments = {"simulate", "--seed", "7", "--cases", "30", "--out", out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = RunProgram(arguments);
    EXPECT_EQ(ran.code, kExitDone) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("--seed 7 --cases 30 --end 2026-06-01T00:00:00Z makes the same "
                                   "again"));
    return ReadFile(out);
  };
  const std::string told = simulated({"--end", "2026-06-01T00:00:00Z"});
  EXPECT_FALSE(told.empty());
  EXPECT_EQ(simulated({}), told);
  EXPECT_THAT(RunProgram({"simulate", "--help"}).out, HasSubstr("2026-06-01T00:00:00Z"));
  // A log lives now.
  const Ran ran = RunProgram({"simulate", "--cases", "3", "--data", directory_.Path("now")});
  EXPECT_EQ(ran.code, kExitDone);
  EXPECT_THAT(ran.err, Not(HasSubstr("--end 2026-06-01T00:00:00Z")));
}

TEST_F(SendTest, AForceBeginsTheNamesOfQueues) {
  const std::string out = directory_.Path("force.jsonl");
  for (const std::string force : {"west mids", "x*", "ünï", "/", "a/", "/a", "a//b", ""}) {
    const Ran ran = RunProgram({"simulate", "--cases", "3", "--force", force, "--out", out});
    EXPECT_EQ(ran.code, kExitUsage) << force;
    EXPECT_THAT(ran.err, HasSubstr("Expected --force")) << force;
  }
  EXPECT_EQ(
      RunProgram({"simulate", "--cases", "3", "--force", std::string(51, 'x'), "--out", out}).code,
      kExitUsage);
  for (const std::string& force : {std::string("gmp"), std::string("a/b"), std::string(50, 'x')}) {
    EXPECT_EQ(RunProgram({"simulate", "--cases", "3", "--force", force, "--out", out}).code,
              kExitDone)
        << force;
  }
}

}  // namespace
}  // namespace caseclock::cli
