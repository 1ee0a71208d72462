#include "harness/base/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace keyrig {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPatience{3000};  // between SIGTERM and SIGKILL

}  // namespace

Result<std::unique_ptr<ChildProcess>, Error> ChildProcess::Start(
    const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  const std::string path = program.string();
  std::vector<char*> argv = {const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Fail(std::string("pipe: ") + std::strerror(errno));
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    execv(path.c_str(), argv.data());
    const char* reason = std::strerror(errno);
    static_cast<void>(!write(STDERR_FILENO, reason, std::strlen(reason)));
    _exit(127);
  }
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return Fail(fmt::format("{} cannot be started: {}", path, std::strerror(errno)));
  }
  return std::unique_ptr<ChildProcess>(new ChildProcess(program.filename().string(), pid, ends[0]));
}

void ChildProcess::Signal(int signal) const { kill(pid_, signal); }

Result<int, Error> ChildProcess::AwaitEnd(milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  int status = 0;
  while (pid_ > 0 && waitpid(pid_, &status, WNOHANG) == 0) {
    if (steady_clock::now() > deadline) {
      return Fail(fmt::format("{} did not end within {} ms", name_, timeout.count()));
    }
    std::this_thread::sleep_for(milliseconds(2));
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

ChildProcess::~ChildProcess() {
  close(output_);
  if (pid_ < 0) return;
  kill(pid_, SIGTERM);
  const auto deadline = steady_clock::now() + kPatience;
  while (waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (steady_clock::now() > deadline) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      return;
    }
    std::this_thread::sleep_for(milliseconds(2));
  }
}

ChildProcess::Heard ChildProcess::Hear(steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
  pollfd ready = {output_, POLLIN, 0};
  if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0) {
    return Heard::kNothing;
  }
  char buffer[4096];
  const ssize_t count = read(output_, buffer, sizeof buffer);
  if (count <= 0) return Heard::kEnd;
  said_.append(buffer, static_cast<std::size_t>(count));
  return Heard::kMore;
}

Result<std::string, Error> ChildProcess::AwaitLine(const std::string& prefix,
                                                   milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  while (true) {
    for (std::size_t end; (end = said_.find('\n', next_line_)) != std::string::npos;) {
      const std::string text = said_.substr(next_line_, end - next_line_);
      next_line_ = end + 1;
      if (text.starts_with(prefix)) return text.substr(prefix.size());
    }
    const Heard heard = Hear(deadline);
    if (heard == Heard::kMore) continue;
    const std::string what = heard == Heard::kEnd
                                 ? "ended early"
                                 : fmt::format("did not get ready within {} ms", timeout.count());
    return Fail(fmt::format("{} {}{}{}", name_, what, said_.empty() ? "" : "; it said: ", said_));
  }
}

Result<std::string, Error> ChildProcess::AwaitOutput(milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  while (true) {
    switch (Hear(deadline)) {
      case Heard::kMore:
        continue;
      case Heard::kEnd:
        return said_;
      case Heard::kNothing:
        return Fail(fmt::format("{} did not end its output within {} ms", name_, timeout.count()));
    }
  }
}

}  // namespace keyrig
