#include "virtual-key/app/key_program.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <sstream>
#include <vector>

namespace keyrig::app {
namespace {

constexpr const char* kProgram = KEYRIG_BIN_DIR "/virtual-key";
constexpr std::chrono::seconds kPatience{30};  // a guest without KVM is slow
constexpr const char* kAnswerPin = KEYRIG_SOURCE_DIR "/virtual-key/app/testdata/answer_pin.exp";

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::filesystem::path NewFolder() {
  std::string name = testing::TempDir() + "/virtual_key_test.XXXXXX";
  return ::mkdtemp(name.data()) ? name : std::string();
}

int ExitStatus(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

}  // namespace

CommandResult Shell(const std::string& command) {
  CommandResult result;
  std::FILE* pipe = ::popen(("exec 2>&1; " + command).c_str(), "r");
  if (!pipe) return result;
  std::array<char, 4096> part{};
  while (const std::size_t got = std::fread(part.data(), 1, part.size(), pipe)) {
    result.output.append(part.data(), got);
  }
  result.status = ExitStatus(::pclose(pipe));
  return result;
}

KeyProgram::KeyProgram(std::initializer_list<std::string> arguments, const std::string& transport)
    : folder_(NewFolder()) {
  std::vector<std::string> words{"--transport", transport, "--control", Socket().string()};
  words.insert(words.end(), arguments);
  auto process = ChildProcess::Start(kProgram, words);
  if (!process) {
    ADD_FAILURE() << process.error().message;
    nodes_.emplace_back();
    return;
  }
  process_ = *std::move(process);
  const auto count = std::ranges::find(words, "--count");
  const std::size_t keys = count == words.end() ? 1 : std::stoul(*std::next(count));
  while (nodes_.size() < keys) {
    const auto node = process_->AwaitLine("ready: ", kPatience);
    EXPECT_TRUE(node.has_value()) << node.error().message;
    nodes_.push_back(node.value_or(""));
  }
  // That is the key's end of the port; clients are at the other.
  if (transport == "gadget") nodes_.front() = ClientNode();
}

std::string KeyProgram::Said(const std::string& prefix) const {
  std::istringstream lines(process_->Said());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(prefix)) return line.substr(prefix.size());
  }
  ADD_FAILURE() << "virtual-key said nothing that begins with " << prefix;
  return {};
}

KeyProgram::~KeyProgram() {
  EXPECT_EQ(Stop(), 0) << "virtual-key did not detach cleanly";
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

std::string KeyProgram::ClientNode() const {
  const std::string node = Ctl("state | jq -r .device_node").output;
  return node.substr(0, node.find('\n'));
}

int KeyProgram::Stop() {
  if (!process_) return 0;
  process_->Signal(SIGTERM);
  const auto status = process_->AwaitEnd(kPatience);
  EXPECT_TRUE(status.has_value()) << status.error().message;
  process_.reset();
  return status.value_or(-1);
}

CommandResult KeyProgram::Ctl(const std::string& verb) const {
  return Shell(Quoted(kProgram) + " ctl --control " + Quoted(Socket().string()) + " " + verb);
}

CommandResult KeyProgram::Run(const std::string& command) const {
  return Shell("cd " + Quoted(folder_.string()) + " && export KEY=" + Quoted(Node()) + " && " +
               command);
}

CommandResult KeyProgram::RunWithPin(const std::string& pin, const std::string& command) const {
  return Run(std::string("expect ") + Quoted(kAnswerPin) + " " + Quoted(pin) + " sh -c " +
             Quoted(command));
}

}  // namespace keyrig::app
