#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "harness/device/operator.h"

namespace keyrig::device {
namespace {

using std::chrono::steady_clock;

constexpr auto kTick = std::chrono::milliseconds(10);
// Between the request to end and the kill.
constexpr auto kGrace = std::chrono::seconds(2);

// A command of the shell, in a process group of its own so that it ends with all its children.
class ShellCommand {
 public:
  static Result<ShellCommand, Error> Start(const std::string& command_line) {
    std::string shell = "/bin/sh";
    std::string flag = "-c";
    std::string line = command_line;
    char* arguments[] = {shell.data(), flag.data(), line.data(), nullptr};
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    pid_t pid = 0;
    const int failure = posix_spawn(&pid, shell.c_str(), nullptr, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    if (failure != 0) {
      return Fail(fmt::format("The actuator \"{}\" cannot be started: {}.", command_line,
                              std::strerror(failure)));
    }
    return ShellCommand(pid);
  }

  /// The status of waitpid, once the command has ended by itself.
  std::optional<int> Poll() {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    return status;
  }

  void End() {
    kill(-pid_, SIGTERM);
    for (const auto end = steady_clock::now() + kGrace; steady_clock::now() < end;) {
      if (Poll()) return;
      std::this_thread::sleep_for(kTick);
    }
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  explicit ShellCommand(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char character : text) {
    if (character == '\'') {
      quoted += "'\\''";
    } else {
      quoted += character;
    }
  }
  return quoted + "'";
}

std::string Ending(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

class Actuator final : public Operator {
 public:
  explicit Actuator(std::string command) : command_(std::move(command)) {}

  Result<void, Error> Do(Action action, const std::string& key_name, Duration deadline,
                         std::stop_token stop) override {
    const std::string line = fmt::format("{} {} {}", command_, Name(action), Quoted(key_name));
    ShellCommand command = TRY(ShellCommand::Start(line));
    const auto end = steady_clock::now() + deadline;
    while (true) {
      if (const auto status = command.Poll()) {
        if (*status == 0) return {};
        return Fail(fmt::format("The actuator \"{}\" {}.", line, Ending(*status)));
      }
      if (stop.stop_requested()) {
        command.End();
        return Fail(fmt::format("The actuator \"{}\" was withdrawn.", line));
      }
      if (steady_clock::now() >= end) {
        command.End();
        return Fail(fmt::format("The actuator \"{}\" did not end in time.", line));
      }
      std::this_thread::sleep_for(kTick);
    }
  }

  Result<void, Error> During(Gesture gesture, const std::string& key_name,
                             const std::function<void()>& ceremony) override {
    return DoMeanwhile(*this, ActionOf(gesture), key_name, ceremony);
  }

 private:
  std::string command_;
};

}  // namespace

std::unique_ptr<Operator> ActuatorOperator(std::string command) {
  return std::make_unique<Actuator>(std::move(command));
}

}  // namespace keyrig::device
