// What README shows is done as it is printed there.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "harness/app/keyrig_program.h"
#include "harness/app/temporary_folder.h"
#include "harness/base/file_descriptor.h"

namespace keyrig::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The commands of the first console block of README that says `words`, without their prompts.
std::string CommandsOfReadme(const std::string& words) {
  std::ifstream file(KEYRIG_SOURCE_DIR "/README.md");
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  const std::string open = "```console\n";
  const std::size_t begin = readme.rfind(open, readme.find(words)) + open.size();
  std::istringstream block(readme.substr(begin, readme.find("```", begin) - begin));
  std::string commands;
  for (std::string line; std::getline(block, line);) {
    commands += (line.starts_with("$ ") ? line.substr(2) : line) + "\n";
  }
  return commands;
}

void Replace(std::string& text, const std::string& old, const std::string& with) {
  for (std::size_t at = text.find(old); at != std::string::npos; at = text.find(old, at)) {
    text.replace(at, old.size(), with);
    at += with.size();
  }
}

std::string FreePort() {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size);
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return std::to_string(ntohs(address.sin_port));
}

TEST(ReadmeTest, ItsCallsOfTheMockWork) {
  const TemporaryFolder folder = TemporaryFolder::Make().value();
  const std::string port = FreePort();
  std::string commands = CommandsOfReadme("mock-entra --listen");
  ASSERT_THAT(commands, AllOf(HasSubstr("/tmp/entra"), HasSubstr(":8443"), HasSubstr("PATCH")));
  Replace(commands, "/tmp/entra", (folder.Path() / "entra").string());
  Replace(commands, ":8443", ":" + port);
  const std::size_t started = commands.find('\n') + 1;
  const std::string script = (folder.Path() / "script").string();
  std::ofstream(script) << "set -eu\nPATH=" KEYRIG_BIN_DIR ":$PATH\n"
                        << commands.substr(0, started) << "trap 'kill $!' EXIT\n"
                        << "until (: < /dev/tcp/127.0.0.1/" << port
                        << ") 2> /dev/null; do sleep 0.05; done\n"
                        << commands.substr(started);
  const ProgramResult run = RunShell("timeout 60 bash " + script);
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_THAT(run.output,
              AllOf(HasSubstr("fido2AuthenticationMethodConfiguration"),
                    HasSubstr("\"temporaryAccessPass\":"), Not(HasSubstr("\"error\""))));
}

}  // namespace
}  // namespace keyrig::app
