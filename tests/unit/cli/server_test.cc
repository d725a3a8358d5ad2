// The server on a real socket, in this process, on a port of its own.

#include "consumers/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "consumers/cli/http_client.h"
#include "consumers/http/version.h"
#include "engine/host/clock.h"
#include "tests/unit/cli/fake_backend.h"

namespace caseclock::http {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ServerTest : public ::testing::Test {
 protected:
  void Start(ServerOptions options = {}) {
    options.listen = "127.0.0.1:0";
    options.monotonic = host::Monotonic;
    auto server = Server::Start(options, &backend_);
    ASSERT_TRUE(server.ok()) << server.error().message;
    server_ = std::move(server).value();
  }
  cli::HttpClient Client() {
    return cli::HttpClient(cli::ParseUrl("http://" + server_->address()).value());
  }
  // A connection on which `bytes` have been sent; to be closed.
  int Connect(const std::string& bytes) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string& text = server_->address();
    address.sin_port = htons(static_cast<uint16_t>(std::stoi(text.substr(text.rfind(':') + 1))));
    timeval patience{10, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    return fd;
  }
  // Sends raw bytes and reads until `wanted` has come or the other end closes.
  std::string Raw(const std::string& bytes, const std::string& wanted) {
    const int fd = Connect(bytes);
    std::string got;
    char buffer[4096];
    while (wanted.empty() || got.find(wanted) == std::string::npos) {
      const ssize_t n = recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      got.append(buffer, static_cast<size_t>(n));
      if (on_bytes_) on_bytes_(got);
    }
    close(fd);
    return got;
  }
  FakeBackend backend_;
  std::unique_ptr<Server> server_;
  std::function<void(const std::string&)> on_bytes_;
};

TEST_F(ServerTest, AnswersManyRequestsOnOneConnection) {
  Start();
  cli::HttpClient client = Client();
  for (int i = 0; i < 3; ++i) {
    auto reply = client.Get("/healthz");
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(reply.value().status, 200);
  }
  auto posted = client.Post("/v1/events", "application/json", "{}");
  ASSERT_TRUE(posted.ok());
  EXPECT_EQ(posted.value().status, 400);
}

TEST_F(ServerTest, ListensOnceOnly) {
  Start();
  ServerOptions options;
  options.listen = server_->address();
  options.monotonic = host::Monotonic;
  auto second = Server::Start(options, &backend_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, base::ErrorKind::kUnavailable);
}

TEST_F(ServerTest, SendsSecurityHeaders) {
  Start();
  const std::string answer =
      Raw("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff"));
  EXPECT_THAT(answer, HasSubstr("Content-Security-Policy: default-src 'none'"));
}

TEST_F(ServerTest, EveryAnswerHasItsDate) {
  Start();
  for (const char* path : {"/healthz", "/none", "/v1/stream"}) {
    const std::string answer =
        Raw(std::string("GET ") + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n", "\r\n\r\n");
    EXPECT_THAT(answer, ContainsRegex("\r\nDate: [A-Z][a-z][a-z], [0-3][0-9] [A-Z][a-z][a-z] "
                                      "[0-9]+ [0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT\r\n"))
        << path;
  }
}

// By which clients know that no other server answered, nor a proxy.
TEST_F(ServerTest, EveryAnswerSaysWhoGaveIt) {
  Start();
  const std::string version = std::string("Caseclock-Version: ") + kVersion + "\r\n";
  for (const char* request : {"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                              "GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n",
                              "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
                              "GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"}) {
    EXPECT_THAT(Raw(request, "\r\n\r\n"), HasSubstr(version)) << request;
  }
}

TEST_F(ServerTest, RefusesForeignHostsAndOrigins) {
  Start();
  EXPECT_THAT(Raw("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", ""), StartsWith("HTTP/1.1 421"));
  EXPECT_THAT(Raw("GET / HTTP/1.1\r\n\r\n", ""), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Raw("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", ""),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Raw("GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n", ""), StartsWith("HTTP/1.1 421"));
  EXPECT_THAT(Raw("GET / HTTP/1.0\r\nOrigin: http://evil.example\r\n\r\n", ""),
              StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(Raw("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n", ""),
              StartsWith("HTTP/1.1 403"));
}

// Which says no Host, and ends its connection.
TEST_F(ServerTest, AnswersTheOldVersion) {
  Start();
  EXPECT_THAT(Raw("GET /healthz HTTP/1.0\r\n\r\n", ""), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, SaysWhichMethodsAPathTakes) {
  Start();
  for (const auto& [request, allow] :
       {std::pair{"GET /v1/events", "POST"}, std::pair{"DELETE /v1/backlog", "GET, HEAD"},
        std::pair{"PUT /v1/policies", "GET, HEAD, POST"}, std::pair{"HEAD /v1/stream", "GET"},
        std::pair{"GE /v1/backlog", "GET, HEAD"}}) {
    const std::string answer =
        Raw(std::string(request) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405"));
    EXPECT_THAT(answer, HasSubstr(std::string("\r\nAllow: ") + allow + "\r\n"));
  }
}

TEST_F(ServerTest, BoundsWhatItReads) {
  ServerOptions options;
  options.body_bytes_max = 1000;
  Start(options);
  EXPECT_THAT(
      Raw("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n", ""),
      StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(Raw("what is this\r\n\r\n", ""), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Raw("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                  "\r\nlots\r\n{}\r\n0\r\n\r\n",
                  ""),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Raw("GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", ""),
              StartsWith("HTTP/1.1 4"));
}

// As the headers of records are named; whoever copies them to HTTP has underscores.
TEST_F(ServerTest, TakesCloudEventHeadersInBothSpellings) {
  Start();
  const std::string body = R"({"referred":{"queue":"wmp/marac"}})";
  const auto post = [&](const std::string& headers) {
    return Raw(
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body,
        "");
  };
  const std::string rest =
      "ce_specversion: 1.0\r\nce_source: rms\r\nCe-Time: 2026-03-02T10:15:00Z\r\n"
      "ce_subject: C%2D1\r\n";
  EXPECT_THAT(post(rest + "ce_id: 7\r\n"), StartsWith("HTTP/1.1 202"));
  ASSERT_EQ(backend_.appended.size(), 1U);
  EXPECT_EQ(backend_.appended[0].case_id, "C-1");
  EXPECT_THAT(post(rest + "ce_id: 7\r\nce-id: 8\r\n"), StartsWith("HTTP/1.1 400"));
}

// What is compressed would be read as if it were not.
TEST_F(ServerTest, TakesBodiesAsTheyAre) {
  Start();
  const std::string body =
      R"({"event_id":"1","source":"rms","case_id":"C-1","occurred_at":"2026-03-02T10:15:00Z",)"
      R"("referred":{"queue":"wmp/marac"}})";
  const auto post = [&](const std::string& path, const std::string& encoding) {
    return Raw("POST " + path +
                   " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                   "Content-Type: application/json\r\nContent-Length: " +
                   std::to_string(body.size()) + "\r\nContent-Encoding: " + encoding + "\r\n\r\n" +
                   body,
               "");
  };
  for (const char* path : {"/v1/events", "/v1/policies"}) {
    const std::string answer = post(path, "GZip");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 415"));
    EXPECT_THAT(answer, HasSubstr("\r\nAccept-Encoding: identity\r\n"));
  }
  EXPECT_THAT(post("/v1/events", "Identity"), StartsWith("HTTP/1.1 202"));
}

TEST_F(ServerTest, LetsAClientAskBeforeItSends) {
  Start();
  EXPECT_THAT(Raw("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                  "Content-Length: 2\r\n\r\n",
                  "Continue"),
              StartsWith("HTTP/1.1 100"));
}

TEST_F(ServerTest, StreamsASnapshotThenChanges) {
  backend_.backlogs = {BacklogOf("wmp/rso", 3)};
  Start();
  bool told = false;
  on_bytes_ = [&](const std::string& got) {
    if (told || got.find("wmp/rso") == std::string::npos) return;
    told = true;
    runtime::EngineEvent event;
    event.alert = std::make_shared<const model::Alert>(AlertOf("C-77", false));
    backend_.Tell(event);
  };
  const std::string stream = Raw("GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n", "C-77");
  EXPECT_THAT(stream, HasSubstr("Content-Type: text/event-stream"));
  EXPECT_THAT(stream, HasSubstr("event: backlog\ndata: {\"queue\":\"wmp/rso\""));
  EXPECT_THAT(stream, HasSubstr("event: alert\ndata: {"));
}

// What was told while it was away is not told again: it has to ask.
TEST_F(ServerTest, AListenerThatIsBackIsToldToAskForAlerts) {
  backend_.backlogs = {BacklogOf("wmp/rso", 3)};
  Start();
  const std::string first = Raw("GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n", "wmp/rso");
  EXPECT_THAT(first, Not(HasSubstr("resync")));
  const std::string again =
      Raw("GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 2\r\n\r\n", "resync");
  EXPECT_THAT(again, HasSubstr("event: backlog\ndata: {\"queue\":\"wmp/rso\""));
  EXPECT_THAT(again, HasSubstr("event: resync\n"));
}

// A standby, or an engine whose figures cannot be read: there is nothing to stream, and a listener
// must not take silence for news.
TEST_F(ServerTest, RefusesTheStreamWhereThereAreNoFigures) {
  backend_.figures = base::Error{base::ErrorKind::kUnavailable, "but this is a standby"};
  Start();
  const std::string answer = Raw("GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n", "standby");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(answer, HasSubstr("but this is a standby"));
  EXPECT_FALSE(backend_.heard());
  // The connection serves other questions.
  EXPECT_THAT(Raw("GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                  "\"ok\""),
              HasSubstr("HTTP/1.1 200"));
}

TEST_F(ServerTest, TheStreamSaysWhetherTheEngineHasCaughtUp) {
  backend_.Stand(false, base::Seconds(100));
  ServerOptions options;
  options.look_every = base::Millis(5);
  Start(options);
  on_bytes_ = [&](const std::string& got) {
    if (got.find("\"ready\":false") != std::string::npos) backend_.Stand(true, base::Seconds(0));
  };
  const std::string stream =
      Raw("GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n", "\"ready\":true");
  EXPECT_THAT(stream, HasSubstr("event: state\ndata: {\"ready\":false,\"caught_up\":false,"
                                "\"lag_seconds\":100,"));
  EXPECT_THAT(stream, HasSubstr("event: state\ndata: {\"ready\":true"));
}

TEST_F(ServerTest, KeepsTheStreamAlive) {
  ServerOptions options;
  options.heartbeat = base::Millis(20);
  Start(options);
  EXPECT_THAT(Raw("GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n", ": still here"),
              HasSubstr(": still here\n\n"));
}

TEST_F(ServerTest, DropsAListenerThatFallsBehind) {
  backend_.backlogs = {BacklogOf("wmp/rso", 3)};
  ServerOptions options;
  options.stream_bytes_max = 2000;
  Start(options);
  bool told = false;
  on_bytes_ = [&](const std::string&) {
    if (std::exchange(told, true)) return;
    runtime::EngineEvent event;
    event.alert = std::make_shared<const model::Alert>(AlertOf("C-77", false));
    for (int i = 0; i < 20'000; ++i) backend_.Tell(event);
  };
  // Ends by itself, because the server closes.
  EXPECT_FALSE(Raw("GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n", "").empty());
}

TEST_F(ServerTest, StopsWithListenersAndIdleConnections) {
  Start();
  cli::HttpClient idle = Client();
  ASSERT_TRUE(idle.Get("/healthz").ok());
  on_bytes_ = [&](const std::string&) { server_->Stop(); };
  Raw("GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n", "");
  server_->Stop();
}

// Connections may have been taken, and requests read, of which the server's thread has yet to hear
// when it closes all the others.
TEST_F(ServerTest, StopsWhileClientsConnect) {
  constexpr int kRounds = 100;
  constexpr int kClients = 64;
  for (int round = 0; round < kRounds; ++round) {
    Start();
    std::vector<int> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.push_back(Connect("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }
    server_->Stop();
    server_.reset();
    for (const int fd : clients) close(fd);
  }
}

}  // namespace
}  // namespace caseclock::http
