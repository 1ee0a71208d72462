// The whole service through its real server, with libcurl as the client: the calls that README
// walks with curl. The program is run as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/base/child_process.h"
#include "harness/base/hosts.h"
#include "mock-entra/http/test_client.h"

namespace keyrig {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::seconds kPatience{30};

/// A run of the mock-entra program, and a folder for its state.
class Program {
 public:
  Program() {
    std::string path = (fs::temp_directory_path() / "keyrig-entra-XXXXXX").string();
    folder_ = ::mkdtemp(path.data());
  }
  ~Program() {
    process_.reset();
    fs::remove_all(folder_);
  }
  const fs::path& Folder() const { return folder_; }

  void Start(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--state", (folder_ / "ca").string()});
    auto process = ChildProcess::Start(KEYRIG_BIN_DIR "/mock-entra", arguments);
    ASSERT_TRUE(process.has_value()) << process.error().message;
    process_ = *std::move(process);
  }
  ChildProcess& Process() { return *process_; }

 private:
  fs::path folder_;
  std::unique_ptr<ChildProcess> process_;
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
    const auto serves = program_.Process().AwaitLine("Serving until", kPatience);
    ASSERT_TRUE(serves.has_value()) << serves.error().message;
    welcome_ = program_.Process().Said();
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
  program_.Process().Signal(SIGTERM);
  EXPECT_EQ(program_.Process().AwaitEnd(kPatience), 0);
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

TEST(MockEntraProgramTest, TakesAnExportedPolicyAndSaysWhomItDoesNotKnow) {
  Program program;
  const fs::path file = program.Folder() / "policy.json";
  std::ofstream(file) << R"({"authenticationMethodConfigurations":[{"@odata.type":
      "#microsoft.graph.fido2AuthenticationMethodConfiguration","state":"enabled",
      "includeTargets":[{"id":"11111111-2222-3333-4444-555555555555","targetType":"group"}]}]})";
  program.Start({"--policy", file.string(), "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(program.Process().AwaitLine("Serving until", kPatience));
  EXPECT_THAT(program.Process().Said(),
              HasSubstr("the group 11111111-2222-3333-4444-555555555555, which is not in"));
}

TEST(MockEntraProgramTest, RefusesABadTenantFile) {
  Program program;
  const fs::path file = program.Folder() / "tenant.json";
  std::ofstream(file) << R"({"id": "x", "displayName": "X", "defaultDomain": "x", "users": []})";
  program.Start({"--tenant", file.string(), "--listen", "127.0.0.1:0"});
  EXPECT_THAT(program.Process().AwaitOutput(kPatience).value_or(""),
              AllOf(HasSubstr(file.string()), HasSubstr("$.id"), HasSubstr("GUID")));
  EXPECT_EQ(program.Process().AwaitEnd(kPatience), 2);
}

TEST(MockEntraProgramTest, RefusesWhatItCannotUse) {
  const auto refused = [](const std::vector<std::string>& arguments, int status,
                          const std::string& words) {
    Program program;
    program.Start(arguments);
    EXPECT_THAT(program.Process().AwaitOutput(kPatience).value_or(""), HasSubstr(words));
    EXPECT_EQ(program.Process().AwaitEnd(kPatience), status);
  };
  refused({"--tenant", "/nonexistent.json"}, 2, "/nonexistent.json");
  refused({"--policy", "/nonexistent.json"}, 2, "/nonexistent.json");
  refused({"--surplus"}, 2, "--surplus");
  refused({"--listen", "0.0.0.0:8443"}, 2, "loopback");
  refused({"--listen", "here"}, 2, "here");
  refused({"--attestation-root", "/nonexistent.pem"}, 2, "/nonexistent.pem");
}

}  // namespace
}  // namespace keyrig
