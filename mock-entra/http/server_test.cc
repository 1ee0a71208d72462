#include "mock-entra/http/server.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "harness/base/hosts.h"
#include "mock-entra/http/test_client.h"

namespace keyrig::http {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A folder of its own for each test, gone afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (fs::temp_directory_path() / "keyrig-http-XXXXXX").string();
    path_ = ::mkdtemp(path.data());
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  const fs::path& Path() const { return path_; }

 private:
  fs::path path_;
};

mode_t ModeOf(const fs::path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto ca = OpenPrivateCa(folder_.Path() / "ca");
    ASSERT_TRUE(ca) << ca.error().message;
    ca_path_ = ca->ca_path;
    auto server = Server::Start("127.0.0.1:0", ca->server,
                                [this](const Request& request) { return handler_(request); });
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
    client_.emplace(server_->Port(), ca_path_);
  }

  TemporaryFolder folder_;
  fs::path ca_path_;
  Server::Handler handler_ = [](const Request&) { return Text(200, "hello"); };
  std::unique_ptr<Server> server_;
  std::optional<TestClient> client_;
};

TEST_F(ServerTest, AnswersUnderEveryRealNameAndLocalhost) {
  handler_ = [](const Request& request) { return Text(200, request.host); };
  for (const std::string_view host : hosts::kAll) {
    const auto answer = client_->Get("https://" + std::string(host) + "/");
    EXPECT_EQ(answer.curl_code, CURLE_OK) << host;
    EXPECT_EQ(answer.body, host);
  }
  EXPECT_EQ(client_->Get("https://localhost/").body, "localhost");
}

TEST_F(ServerTest, IsNotTrustedUnderAnyOtherName) {
  EXPECT_EQ(client_->Get("https://example.com/").curl_code, CURLE_PEER_FAILED_VERIFICATION);
  EXPECT_EQ(client_->Get("https://localhost/").body, "hello");
}

TEST_F(ServerTest, HandsOnTheWholeRequest) {
  Request seen;
  handler_ = [&seen](const Request& request) {
    seen = request;
    return Json("{}", 201);
  };
  const auto answer = client_->Send("PATCH", "https://LOGIN.microsoftonline.com/a%40b/c?x=%31&y",
                                    {"X-Test: 7"}, "body\n");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.headers.Find("content-type"), "application/json; charset=utf-8");
  EXPECT_EQ(seen.method, "PATCH");
  EXPECT_EQ(seen.host, "login.microsoftonline.com");
  EXPECT_EQ(seen.path, "/a@b/c");
  EXPECT_EQ(seen.raw_path, "/a%40b/c");
  EXPECT_EQ(seen.query, "x=%31&y");
  EXPECT_EQ(seen.headers.Find("x-test"), "7");
  EXPECT_EQ(seen.body, "body\n");
}

TEST_F(ServerTest, KeepsTheConnection) {
  EXPECT_EQ(client_->Get("https://localhost/1").new_connections, 1);
  EXPECT_EQ(client_->Get("https://localhost/2").new_connections, 0);
}

TEST_F(ServerTest, KeepsTheConnectionAfterAnAnswerWithoutBody) {
  handler_ = [](const Request&) {
    Response response;
    response.status = 204;
    return response;
  };
  const auto answer = client_->Send("DELETE", "https://localhost/");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.headers.Find("content-length"), std::nullopt);
  EXPECT_EQ(client_->Send("DELETE", "https://localhost/").new_connections, 0);
}

TEST_F(ServerTest, HeadHasTheLengthButNoBody) {
  const auto answer = client_->Send("HEAD", "https://localhost/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.Find("Content-Length"), "5");
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(client_->Get("https://localhost/").body, "hello");
}

TEST_F(ServerTest, KeepsRepeatedHeaders) {
  handler_ = [](const Request&) {
    Response response = Text(200, "");
    response.headers.Add("Set-Cookie", "a=1");
    response.headers.Add("Set-Cookie", "b=2");
    return response;
  };
  int cookies = 0;
  const auto answer = client_->Get("https://localhost/");
  for (const auto& [name, value] : answer.headers.All()) {
    if (name == "Set-Cookie") ++cookies;
  }
  EXPECT_EQ(cookies, 2);
}

TEST_F(ServerTest, WaitsBeforeADelayedAnswer) {
  handler_ = [](const Request&) {
    Response response = Text(200, "late");
    response.delay = std::chrono::milliseconds(150);
    return response;
  };
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(client_->Get("https://localhost/").body, "late");
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(150));
}

TEST_F(ServerTest, BreaksOffWhereToldTo) {
  handler_ = [](const Request&) {
    Response response = Text(200, "0123456789");
    response.cut_after = 4;
    return response;
  };
  const auto answer = client_->Get("https://localhost/");
  EXPECT_NE(answer.curl_code, CURLE_OK);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "0123");
}

TEST_F(ServerTest, ADelayedAnswerHoldsUpNobodyElse) {
  handler_ = [](const Request& request) {
    Response response = Text(200, request.path);
    if (request.path == "/slow") response.delay = std::chrono::seconds(20);
    return response;
  };
  std::vector<std::unique_ptr<TestClient>> clients;
  std::vector<std::jthread> waiting;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<TestClient>(server_->Port(), ca_path_));
    waiting.emplace_back([&client = *clients.back()] { client.Get("https://localhost/slow"); });
  }
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(client_->Get("https://localhost/fast").body, "/fast");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  server_.reset();  // ends the waiting ones
}

TEST_F(ServerTest, RefusesABodyThatIsTooLarge) {
  const auto answer = client_->Send("POST", "https://localhost/", {"Expect:"},
                                    std::string(std::size_t{5} * 1024 * 1024, 'x'));
  EXPECT_EQ(answer.status, 413);
}

TEST_F(ServerTest, RefusesAHeaderThatIsTooLarge) {
  EXPECT_THAT(client_->Raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(70'000, 'x') +
                           "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(ServerTest, TakesABodyAfterAskingForIt) {
  handler_ = [](const Request& request) { return Text(200, std::to_string(request.body.size())); };
  const auto answer = client_->Send("POST", "https://localhost/", {"Expect: 100-continue"},
                                    std::string(2'000'000, 'x'));
  EXPECT_EQ(answer.body, "2000000");
}

TEST_F(ServerTest, AnswersMalformedRequestsWith400AndCloses) {
  for (const std::string malformed :
       {"hello\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nbad header\r\n\r\n", "GET x HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n"}) {
    EXPECT_THAT(client_->Raw(malformed), StartsWith("HTTP/1.1 400 ")) << malformed;
  }
  EXPECT_EQ(client_->Get("https://localhost/").body, "hello");
}

/// A TCP connection that speaks no TLS, or stops in the middle of it.
void SpeakGarbage(std::uint16_t port, const std::string& bytes) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  if (!bytes.empty()) {
    ASSERT_EQ(::write(descriptor, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  const linger at_once{1, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));  // resets
  ::close(descriptor);
}

TEST_F(ServerTest, SurvivesHandshakesThatBreakOff) {
  for (int i = 0; i < 20; ++i) {
    SpeakGarbage(server_->Port(), "");
    SpeakGarbage(server_->Port(), "GET / HTTP/1.1\r\n\r\n");
    SpeakGarbage(server_->Port(), std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9));
  }
  EXPECT_EQ(client_->Get("https://localhost/").body, "hello");
}

TEST_F(ServerTest, ServesManyClientsAtOnce) {
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        TestClient client(server_->Port(), ca_path_);
        for (int j = 0; j < 10; ++j) {
          if (client.Get("https://localhost/").body == "hello") ++answered;
        }
      });
    }
  }
  EXPECT_EQ(answered, 80);
}

TEST_F(ServerTest, RefusesAPortThatIsTaken) {
  const auto ca = OpenPrivateCa(folder_.Path() / "ca").value();
  const std::string address = "127.0.0.1:" + std::to_string(server_->Port());
  const auto second = Server::Start(address, ca.server, handler_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(server_->Port())));
}

TEST(ServerAddressTest, TakesLoopbackAddressesOnly) {
  const TemporaryFolder folder;
  const auto ca = OpenPrivateCa(folder.Path()).value();
  for (const std::string address : {"0.0.0.0:0", "192.0.2.1:8443", "[::]:0", "example.com:1",
                                    "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", ""}) {
    const auto server =
        Server::Start(address, ca.server, [](const Request&) { return Response(); });
    ASSERT_FALSE(server) << address;
    EXPECT_THAT(server.error().message, HasSubstr("loopback")) << address;
  }
}

TEST(PrivateCaTest, KeysAreForTheOwnerOnly) {
  const TemporaryFolder folder;
  const auto ca = OpenPrivateCa(folder.Path() / "state");
  ASSERT_TRUE(ca) << ca.error().message;
  EXPECT_EQ(ModeOf(folder.Path() / "state"), 0700U);
  EXPECT_EQ(ModeOf(folder.Path() / "state/ca.key"), 0600U);
  EXPECT_EQ(ModeOf(folder.Path() / "state/server.key"), 0600U);
}

TEST(PrivateCaTest, IsKeptBetweenStarts) {
  const TemporaryFolder folder;
  const auto first = OpenPrivateCa(folder.Path()).value();
  const std::string ca = ReadFile(first.ca_path);
  const auto second = OpenPrivateCa(folder.Path()).value();
  EXPECT_EQ(ReadFile(second.ca_path), ca);
  EXPECT_EQ(second.server.certificate_chain_pem, first.server.certificate_chain_pem);
}

/// Puts a server certificate into the folder that the CA signed, with these names and this end.
void Replace(const fs::path& folder, std::vector<std::string> names, Duration valid_for) {
  const auto issuer = crypto::Certificate::FromPem(ReadFile(folder / "ca.pem")).value().front();
  const auto issuer_key = crypto::PrivateKey::FromPem(ReadFile(folder / "ca.key")).value();
  const auto key = crypto::PrivateKey::FromPem(ReadFile(folder / "server.key")).value();
  const Instant now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  crypto::CertificateRequest request;
  request.subject.common_name = "test";
  request.issuer = issuer.Subject();
  request.key = key.Public();
  request.not_before = now - std::chrono::hours(2);
  request.not_after = now + valid_for;
  request.dns_names = std::move(names);
  request.server_auth = true;
  Rng rng;
  RandomStream stream = rng.Stream("test");
  std::ofstream(folder / "server.pem")
      << crypto::IssueCertificate(request, issuer_key, stream).Pem();
}

std::vector<std::string> AllNames() {
  std::vector<std::string> names(hosts::kAll.begin(), hosts::kAll.end());
  names.emplace_back("localhost");
  return names;
}

TEST(PrivateCaTest, KeepsAServerCertificateThatStillFits) {
  const TemporaryFolder folder;
  const auto first = OpenPrivateCa(folder.Path()).value();
  Replace(folder.Path(), AllNames(), std::chrono::days(100));
  const std::string replaced = ReadFile(folder.Path() / "server.pem");
  EXPECT_EQ(OpenPrivateCa(folder.Path()).value().server.certificate_chain_pem, replaced);
}

TEST(PrivateCaTest, RenewsAServerCertificateThatEndsSoon) {
  const TemporaryFolder folder;
  const auto first = OpenPrivateCa(folder.Path()).value();
  const std::string ca = ReadFile(first.ca_path);
  Replace(folder.Path(), AllNames(), std::chrono::days(3));
  const std::string replaced = ReadFile(folder.Path() / "server.pem");
  EXPECT_NE(OpenPrivateCa(folder.Path()).value().server.certificate_chain_pem, replaced);
  EXPECT_EQ(ReadFile(first.ca_path), ca);
}

TEST(PrivateCaTest, RenewsAServerCertificateOfAnotherHostList) {
  const TemporaryFolder folder;
  OpenPrivateCa(folder.Path()).value();
  Replace(folder.Path(), {"login.microsoftonline.com", "localhost"}, std::chrono::days(100));
  const std::string replaced = ReadFile(folder.Path() / "server.pem");
  EXPECT_NE(OpenPrivateCa(folder.Path()).value().server.certificate_chain_pem, replaced);
}

TEST(PrivateCaTest, MakesBothAnewWhereTheCaIsDamaged) {
  const TemporaryFolder folder;
  const auto first = OpenPrivateCa(folder.Path()).value();
  std::ofstream(folder.Path() / "ca.key") << "not a key";
  const auto second = OpenPrivateCa(folder.Path());
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_NE(second->server.certificate_chain_pem, first.server.certificate_chain_pem);
}

TEST(PrivateCaTest, NamesTheFolderThatItCannotUse) {
  const TemporaryFolder folder;
  std::ofstream(folder.Path() / "file") << "in the way";
  const auto ca = OpenPrivateCa(folder.Path() / "file");
  ASSERT_FALSE(ca);
  EXPECT_THAT(ca.error().message, HasSubstr((folder.Path() / "file").string()));
}

}  // namespace
}  // namespace keyrig::http
