// What routes and the server are made of: messages, access, bodies of events, the stream.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/http/event_body.h"
#include "consumers/http/message.h"
#include "consumers/http/server.h"
#include "consumers/http/stream_hub.h"
#include "tests/unit/cli/fake_backend.h"

namespace caseclock::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The command line ends with the same code whether it asked an engine or is one.
TEST(Message, AnErrorIsOfTheSameKindOnTheOtherSide) {
  using base::ErrorKind;
  for (const ErrorKind kind :
       {ErrorKind::kInvalid, ErrorKind::kNotFound, ErrorKind::kUnavailable, ErrorKind::kFenced,
        ErrorKind::kIo, ErrorKind::kConfig, ErrorKind::kCorrupt}) {
    const Response response = FailureOf({kind, "Expected a, but got b"});
    EXPECT_EQ(KindOf(response.status, response.body), kind) << response.body;
  }
}

TEST(Message, WithoutAKindTheStatusSaysIt) {
  using base::ErrorKind;
  const std::pair<int, ErrorKind> expected[] = {
      {400, ErrorKind::kInvalid},     {403, ErrorKind::kInvalid}, {404, ErrorKind::kNotFound},
      {429, ErrorKind::kUnavailable}, {500, ErrorKind::kCorrupt}, {502, ErrorKind::kUnavailable},
      {503, ErrorKind::kUnavailable}, {507, ErrorKind::kIo}};
  for (const auto& [status, kind] : expected) {
    for (const char* body : {R"({"error":"no"})", R"({"kind":"new"})", R"({"kind":7})", "<html>"}) {
      EXPECT_EQ(KindOf(status, body), kind) << status << body;
    }
  }
}

TEST(Message, DecodesHeadersOfCloudEvents) {
  EXPECT_EQ(DecodeCloudEventHeader("rms/1"), "rms/1");
  EXPECT_EQ(DecodeCloudEventHeader("Fall-n%C2%BA-7"), "Fall-nº-7");
  EXPECT_EQ(DecodeCloudEventHeader("\"a\\\"b\""), "a\"b");
  EXPECT_EQ(DecodeCloudEventHeader("100%"), "100%");
}

TEST(Message, DecodesTargets) {
  Request request;
  EXPECT_TRUE(ParseTarget("/a%20b/c?x=1+2&y=%26&z", &request));
  EXPECT_EQ(request.path, "/a b/c");
  EXPECT_EQ(request.query["x"], "1 2");
  EXPECT_EQ(request.query["y"], "&");
  EXPECT_EQ(request.query.count("z"), 1U);
  EXPECT_FALSE(ParseTarget("/a%2", &request));
  EXPECT_FALSE(ParseTarget("/a%00", &request));
  EXPECT_FALSE(ParseTarget("http://x/", &request));
  EXPECT_EQ(Encode("wmp/a b*"), "wmp/a%20b%2A");
}

TEST(Access, AllowsAddressesAndLocalhostOnly) {
  for (const char* host :
       {"127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:80", "192.168.1.5"}) {
    EXPECT_TRUE(HostAllowed(host, {})) << host;
  }
  for (const char* host : {"", "evil.example", "127.0.0.1.evil.example", "localhost.evil:80"}) {
    EXPECT_FALSE(HostAllowed(host, {})) << host;
  }
  EXPECT_TRUE(HostAllowed("desk.example:80", {"desk.example"}));
  EXPECT_TRUE(HostAllowed("desk.example", {"Desk.Example"}));
  EXPECT_TRUE(OriginAllowed("", "localhost:80"));
  EXPECT_TRUE(OriginAllowed("http://localhost:80", "localhost:80"));
  EXPECT_FALSE(OriginAllowed("http://evil.example", "localhost:80"));
  EXPECT_FALSE(OriginAllowed("null", "localhost:80"));
}

TEST(Access, ReadsWhereToListen) {
  EXPECT_EQ(ParseListen("127.0.0.1:0").value().second, 0);
  EXPECT_EQ(ParseListen(":80").value().first, "127.0.0.1");
  EXPECT_EQ(ParseListen("[::1]:80").value().first, "[::1]");
  for (const char* wrong : {"", "8080", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", "a.b:80",
                            "999.1.1.1:80", "[::1::]:80"}) {
    EXPECT_FALSE(ParseListen(wrong).ok()) << wrong;
  }
}

TEST(Access, LooksAtOptionsBeforeAServerIsStarted) {
  ServerOptions options;
  options.allowed_hosts = {"caseclock.example", "Desk-1:8443", "192.0.2.1", "[::1]:80"};
  EXPECT_TRUE(CheckOptions(options).ok());
  for (const char* wrong : {"", "https://caseclock.example", "a b", "*"}) {
    options.allowed_hosts = {wrong};
    EXPECT_FALSE(CheckOptions(options).ok()) << wrong;
  }
  options.allowed_hosts.clear();
  options.listen = "8080";
  EXPECT_FALSE(CheckOptions(options).ok());
}

TEST(EventBody, SplitsArraysByBracketsAndQuotes) {
  std::vector<std::string_view> elements;
  EXPECT_TRUE(SplitJsonArray(R"( [ {"a":"]}\","} , [1,2], 3 ] )", &elements));
  EXPECT_THAT(elements, ElementsAre(R"({"a":"]}\","})", "[1,2]", "3"));
  for (const char* wrong : {"", "[", "{}", "[1,]", "[{]", "[1 2", "[\"a]"}) {
    elements.clear();
    EXPECT_FALSE(SplitJsonArray(wrong, &elements)) << wrong;
  }
  elements.clear();
  EXPECT_TRUE(SplitJsonArray("[]", &elements));
  EXPECT_TRUE(elements.empty());
}

TEST(EventBody, VarintsComeBack) {
  for (const uint64_t value :
       {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{1} << 40, ~uint64_t{0}}) {
    std::string bytes;
    AppendVarint(value, &bytes);
    std::string_view rest = bytes;
    uint64_t read = 1;
    ASSERT_TRUE(TakeVarint(&rest, &read));
    EXPECT_EQ(read, value);
    EXPECT_TRUE(rest.empty());
  }
  std::string_view cut = "\x80";
  uint64_t value = 0;
  EXPECT_FALSE(TakeVarint(&cut, &value));
}

TEST(Stream, FramesEveryLine) {
  EXPECT_EQ(SseFrame(7, "alert", "{}"), "id: 7\nevent: alert\ndata: {}\n\n");
  EXPECT_EQ(SseFrame(1, "x", "a\nb"), "id: 1\nevent: x\ndata: a\ndata: b\n\n");
}

TEST(Stream, TellsHistoryAsOneResyncASecond) {
  FakeBackend backend;
  base::Duration now = base::Seconds(100);
  StreamHub hub(&backend, [&] { return now; });
  std::vector<std::string> frames;
  hub.Listen([&](const StreamHub::Frame& frame) { frames.push_back(*frame); });
  const auto tell = [&](bool historical) {
    runtime::EngineEvent event;
    event.alert = std::make_shared<const model::Alert>(AlertOf("C-1", historical));
    backend.Tell(event);
  };
  tell(true);
  tell(true);
  tell(false);
  now = now + base::Seconds(2);
  tell(true);
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_THAT(frames[0], HasSubstr("event: resync"));
  EXPECT_THAT(frames[1], HasSubstr("event: alert"));
  EXPECT_THAT(frames[2], HasSubstr("event: resync"));
}

TEST(Stream, TellsTheLastOfManyResyncsToo) {
  FakeBackend backend;
  base::Duration now = base::Seconds(100);
  StreamHub hub(&backend, [&] { return now; });
  std::vector<std::string> frames;
  hub.Listen([&](const StreamHub::Frame& frame) { frames.push_back(*frame); });
  runtime::EngineEvent event;
  event.alert = std::make_shared<const model::Alert>(AlertOf("C-1", true));
  backend.Tell(event);
  backend.Tell(event);  // within the same second, and nothing after it
  ASSERT_EQ(frames.size(), 1U);
  now = now + base::Seconds(2);
  backend.Stand(true, base::Seconds(0));
  hub.Look();
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_THAT(frames[1], HasSubstr("event: resync"));
  EXPECT_THAT(frames[2], HasSubstr("event: state"));
}

TEST(Stream, SaysAtOnceWhatChangesAndNowAndThenThatAllIsWell) {
  FakeBackend backend;
  StreamHub hub(&backend, [] { return base::Duration{}; });  // a clock that stands still
  size_t told = 0;
  std::string last;
  hub.Listen([&](const StreamHub::Frame& frame) {
    ++told;
    last = *frame;
  });
  const auto looks = [&](size_t most) {
    const size_t before = told;
    size_t looked = 0;
    while (told == before && looked < most) {
      hub.Look();
      ++looked;
    }
    return looked;
  };
  backend.Stand(true, base::Seconds(0));
  EXPECT_EQ(looks(100), 1U);
  EXPECT_THAT(last, HasSubstr("\"ready\":true"));
  EXPECT_EQ(looks(100), 5U);  // nothing has changed: a sign of life
  backend.Stand(false, base::Seconds(40));
  EXPECT_EQ(looks(100), 1U);
  EXPECT_THAT(last, HasSubstr("\"lag_seconds\":40"));
  EXPECT_EQ(looks(100), 1U);  // how far it has come
  backend.health = base::Error{base::ErrorKind::kIo, "Expected a disk, but it is full"};
  EXPECT_EQ(looks(100), 1U);
  EXPECT_THAT(last, HasSubstr("\"error\":\"Expected a disk, but it is full\""));
}

// An engine evaluates and encodes for its listeners, so it must know whether it has any.
TEST(Stream, ListensToTheEngineOnlyForListeners) {
  FakeBackend backend;
  StreamHub hub(&backend, [] { return base::Duration{}; });
  EXPECT_FALSE(backend.heard());
  const int one = hub.Listen([](const StreamHub::Frame&) {});
  const int other = hub.Listen([](const StreamHub::Frame&) {});
  EXPECT_TRUE(backend.heard());
  hub.Leave(one);
  EXPECT_TRUE(backend.heard());
  hub.Leave(other);
  EXPECT_FALSE(backend.heard());
}

}  // namespace
}  // namespace caseclock::http
