#include "virtual-key/app/key_program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace keyrig::app {
namespace {

constexpr const char* kProgram = KEYRIG_BIN_DIR "/virtual-key";
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
  std::array<int, 2> output{};
  if (::pipe2(output.data(), O_CLOEXEC) != 0) {
    ADD_FAILURE() << "no pipe";
    return;
  }
  std::vector<std::string> words{kProgram, "--transport", transport, "--control",
                                 Socket().string()};
  words.insert(words.end(), arguments);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(output[1], STDOUT_FILENO);
    ::execv(argv.front(), argv.data());
    ::_exit(127);
  }
  ::close(output[1]);
  std::FILE* lines = ::fdopen(output[0], "r");
  std::array<char, 256> line{};
  if (std::fgets(line.data(), line.size(), lines)) node_ = line.data();
  std::fclose(lines);
  constexpr std::string_view kReady = "ready: ";
  EXPECT_TRUE(node_.starts_with(kReady)) << "virtual-key said: " << node_;
  if (node_.starts_with(kReady))
    node_ = node_.substr(kReady.size(), node_.find('\n') - kReady.size());
}

KeyProgram::~KeyProgram() {
  EXPECT_EQ(Stop(), 0) << "virtual-key did not detach cleanly";
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

int KeyProgram::Stop() {
  if (pid_ <= 0) return 0;
  int status = 0;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return ExitStatus(status);
}

CommandResult KeyProgram::Ctl(const std::string& verb) const {
  return Shell(Quoted(kProgram) + " ctl --control " + Quoted(Socket().string()) + " " + verb);
}

CommandResult KeyProgram::Run(const std::string& command) const {
  return Shell("cd " + Quoted(folder_.string()) + " && export KEY=" + Quoted(node_) + " && " +
               command);
}

CommandResult KeyProgram::RunWithPin(const std::string& pin, const std::string& command) const {
  return Run(std::string("expect ") + Quoted(kAnswerPin) + " " + Quoted(pin) + " sh -c " +
             Quoted(command));
}

}  // namespace keyrig::app
