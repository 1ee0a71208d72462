// The whole service through its real server, with libcurl as the client: the calls that README
// walks with curl. The program is run as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/base/hosts.h"
#include "mock-entra/http/test_client.h"

namespace keyrig {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// A run of the mock-entra program, and a folder for its state.
class Program {
 public:
  Program() {
    std::string path = (fs::temp_directory_path() / "keyrig-entra-XXXXXX").string();
    folder_ = ::mkdtemp(path.data());
  }
  ~Program() {
    if (process_ > 0) Stop(SIGKILL);
    fs::remove_all(folder_);
  }
  const fs::path& Folder() const { return folder_; }

  void Start(std::vector<std::string> arguments) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    arguments.insert(arguments.begin(), KEYRIG_BIN_DIR "/mock-entra");
    arguments.insert(arguments.end(), {"--state", (folder_ / "ca").string()});
    process_ = ::fork();
    ASSERT_GE(process_, 0);
    if (process_ == 0) {
      ::dup2(pipe[1], STDOUT_FILENO);
      ::dup2(pipe[1], STDERR_FILENO);
      ::close(pipe[0]);
      std::vector<char*> argv;
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(pipe[1]);
    output_ = ::fdopen(pipe[0], "r");
  }

  /// What the program printed up to a line with `words`, or to its end.
  std::string ReadUntil(const std::string& words) {
    std::string text;
    std::array<char, 4096> line{};
    while (std::fgets(line.data(), line.size(), output_) != nullptr) {
      text += line.data();
      if (!words.empty() && text.find(words) != std::string::npos) break;
    }
    return text;
  }

  /// The exit status, or -1 where the program did not exit by itself.
  int Wait() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    std::fclose(output_);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  int Stop(int signal) {
    ::kill(process_, signal);
    return Wait();
  }

 private:
  fs::path folder_;
  pid_t process_ = -1;
  FILE* output_ = nullptr;
};

std::uint16_t PortIn(const std::string& text) {
  const std::string before = "--connect-to ::127.0.0.1:";
  const std::size_t at = text.find(before);
  if (at == std::string::npos) return 0;
  return static_cast<std::uint16_t>(std::stoi(text.substr(at + before.size())));
}

class MockEntraFlowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    program_.Start({"--listen", "127.0.0.1:0", "--seed", "7"});
    welcome_ = program_.ReadUntil("Serving until");
    ASSERT_NE(PortIn(welcome_), 0) << welcome_;
    client_.emplace(PortIn(welcome_), program_.Folder() / "ca/ca.pem");
  }

  Program program_;
  std::string welcome_;
  std::optional<http::TestClient> client_;
};

TEST_F(MockEntraFlowTest, TellsHowToUseItAndEndsWhenAsked) {
  EXPECT_THAT(welcome_, AllOf(HasSubstr("https://graph.microsoft.com"),
                              HasSubstr((program_.Folder() / "ca/ca.pem").string()),
                              HasSubstr("adele@contoso.onmicrosoft.com"),
                              HasSubstr("grant_type=client_credentials"),
                              Not(HasSubstr("https://entra.microsoft.com"))));
  EXPECT_EQ(program_.Stop(SIGTERM), 0);
}

TEST_F(MockEntraFlowTest, WalksTheGraphCallsOfTheReadme) {
  const auto token_answer = client_->Send(
      "POST", "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token", {},
      "grant_type=client_credentials&client_id=7b3e5f60-1d92-4c8a-b6e7-40f1d2a39c58"
      "&client_secret=contoso-provisioning-secret&scope=https://graph.microsoft.com/.default");
  ASSERT_EQ(token_answer.status, 200) << token_answer.body;
  const std::string bearer =
      "Authorization: Bearer " + Json::parse(token_answer.body)["access_token"].get<std::string>();
  const std::string json = "Content-Type: application/json";
  const std::string graph = "https://graph.microsoft.com/v1.0/";
  const std::string fido2 =
      graph + "policies/authenticationMethodsPolicy/authenticationMethodConfigurations/fido2";

  const auto patched =
      client_->Send("PATCH", fido2, {bearer, json},
                    R"({"@odata.type":"#microsoft.graph.fido2AuthenticationMethodConfiguration",)"
                    R"("state":"enabled"})");
  EXPECT_EQ(patched.status, 204) << patched.body;
  EXPECT_EQ(Json::parse(client_->Send("GET", fido2, {bearer}).body)["state"], "enabled");

  const auto users = client_->Send(
      "GET", graph + "users?$filter=userPrincipalName%20eq%20'adele@contoso.onmicrosoft.com'",
      {bearer});
  EXPECT_EQ(Json::parse(users.body)["value"][0]["displayName"], "Adele Vance");

  const std::string adele = graph + "users/adele@contoso.onmicrosoft.com/authentication/";
  EXPECT_EQ(
      client_->Send("POST", adele + "temporaryAccessPassMethods", {bearer, json}, "{}").status,
      201);
  EXPECT_EQ(Json::parse(client_->Send("GET", adele + "methods", {bearer}).body)["value"].size(),
            2U);
  const auto options = client_->Send("GET", adele + "fido2Methods/creationOptions", {bearer});
  EXPECT_EQ(Json::parse(options.body)["publicKey"]["rp"]["id"], hosts::kWebAuthn);
  EXPECT_EQ(client_->Send("GET", adele + "fido2Methods").status, 401);
}

TEST(MockEntraProgramTest, RefusesABadTenantFile) {
  Program program;
  const fs::path file = program.Folder() / "tenant.json";
  std::ofstream(file) << R"({"id": "x", "displayName": "X", "defaultDomain": "x", "users": []})";
  program.Start({"--tenant", file.string(), "--listen", "127.0.0.1:0"});
  EXPECT_THAT(program.ReadUntil(""),
              AllOf(HasSubstr(file.string()), HasSubstr("$.id"), HasSubstr("GUID")));
  EXPECT_EQ(program.Wait(), 2);
}

TEST(MockEntraProgramTest, RefusesWhatItCannotUse) {
  const auto refused = [](const std::vector<std::string>& arguments, int status,
                          const std::string& words) {
    Program program;
    program.Start(arguments);
    EXPECT_THAT(program.ReadUntil(""), HasSubstr(words));
    EXPECT_EQ(program.Wait(), status);
  };
  refused({"--tenant", "/nonexistent.json"}, 2, "/nonexistent.json");
  refused({"--surplus"}, 2, "--surplus");
  refused({"--listen", "0.0.0.0:8443"}, 1, "loopback");
  refused({"--attestation-root", "/nonexistent.pem"}, 2, "/nonexistent.pem");
}

}  // namespace
}  // namespace keyrig
